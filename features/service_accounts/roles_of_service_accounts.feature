@service_accounts @since:0.2
Feature: Roles of service accounts
  In order that a program can do its work and no more
  As an administrator
  I want to assign roles to service accounts and to remove them

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the role "auditor" has the permission "audit:read"
    And the service account "Nightly sync" has the role "support"

  Rule: Roles are assigned and removed one by one

    Scenario: Root assigns a second role
      When Root assigns the role "auditor" to the service account "Nightly sync"
      Then Root sees the service account "Nightly sync" with the roles "auditor" and "support"

    Scenario: Root removes the role
      When Root removes the role "support" from the service account "Nightly sync"
      Then Root sees the service account "Nightly sync" without a role

  Rule: A service account never has the role of users

    Scenario: Root assigns the role "user"
      When Root assigns the role "user" to the service account "Nightly sync"
      Then Root sees the error "the role is built in"
      And Root sees the service account "Nightly sync" with exactly the role "support"

  Rule: A service account has at most 20 roles

    Scenario Outline: The service account has <number> roles
      Given the service account "Nightly sync" has been assigned <number> roles in all
      When Root assigns the role "auditor" to the service account "Nightly sync"
      Then Root sees <result>

      Examples:
        | number | result                                             |
        | 19     | no error                                           |
        | 20     | the error "the service account has too many roles" |
