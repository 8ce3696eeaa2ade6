@service_accounts @since:0.2 @A-07
Feature: Service accounts that may do more than a user
  In order that users who manage programs do not give themselves more permissions
  As an administrator
  I want users to manage only service accounts that may do no more than they do

  Background:
    Given Root is an administrator
    And Ada has an account
    And the role "support" has the permission "users:read"
    And the role "auditor" has the permission "audit:read"
    And the role "manager" has the permissions "roles:write service_accounts:read service_accounts:write users:read"
    And Ada has the role "manager"

  Rule: A user creates a service account if the user has all of its permissions

    Scenario: Ada has all permissions of the role
      When Ada creates the service account "Nightly sync" with the role "support"
      Then Ada sees no error

    Scenario: Ada lacks a permission of the role
      When Ada creates the service account "Nightly sync" with the role "auditor"
      Then Ada sees the error "the permission is missing"
      And Ada sees that she needs the permission "audit:read"

  Rule: A user changes a service account if the user has all of its permissions

    Scenario Outline: Ada <acts>
      Given the service account "Reports" has the role "auditor"
      When Ada <acts>
      Then Ada sees the error "the permission is missing"
      And Ada sees that she needs the permission "audit:read"

      Examples:
        | acts                                                       |
        | renames the service account "Reports" to "Own reports"     |
        | suspends the service account "Reports" because of "a test" |
        | deletes the service account "Reports"                      |
        | assigns the role "support" to the service account "Reports" |
        | removes the role "auditor" from the service account "Reports" |
        | creates a client secret for "Reports"                      |
