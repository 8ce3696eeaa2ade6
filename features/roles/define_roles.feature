@roles @since:0.1
Feature: Define roles
  In order that users get exactly the permissions that they need
  As an administrator
  I want to define and change roles

  Background:
    Given Root is an administrator
    And Ada has an account
    And the role "support" has the permission "users:read"

  Rule: An administrator defines a role as a set of permissions

    Scenario: Root looks up the permissions
      When Root lists the permissions
      Then Root sees that a user with the permission "audit:read" may "Read the audit log."

    Scenario: Root defines a role
      When Root defines the role "auditor" with the permission "audit:read"
      Then Root sees the role "auditor" with the permission "audit:read"

    Scenario: The role already exists
      When Root defines the role "support" with the permission "audit:read"
      Then Root sees the error "the role already exists"
      And Root sees the role "support" with the permission "users:read"

  @T-09
  Rule: A change of a role takes effect on the next request of the users who have it

    Scenario: Root removes the permissions of a role
      Given Ada has the role "support"
      When Root changes the role "support" to no permissions
      Then Ada cannot list users

  @local
  Rule: The service has at most 1000 roles

    Scenario Outline: The service has <number> roles
      Given the service has <number> roles
      When Root defines the role "auditor" with the permission "audit:read"
      Then Root sees <result>
      And Root sees 1000 roles

      Examples:
        | number | result                                     |
        | 999    | no error                                   |
        | 1000   | the error "the service has too many roles" |
