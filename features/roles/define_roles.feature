@roles @since:0.1
Feature: Define roles
  In order that users get exactly the permissions that they need
  As an administrator
  I want to define, change and delete roles

  Background:
    Given Root is an administrator
    And Ada has an account
    And the role "support" has the permission "users:read"

  Rule: An administrator defines a role as a set of permissions

    Scenario: Root defines a role
      When Root defines the role "auditor" with the permission "audit:read"
      Then Root sees the role "auditor" with the permission "audit:read"

  @T-09
  Rule: A change of a role takes effect on the next request of the users who have it

    Scenario: Root removes the permissions of a role
      Given Ada has the role "support"
      When Root changes the role "support" to no permissions
      Then Ada cannot list users

  Rule: A role can be deleted if no user has it and it is not built in

    Scenario: No user has the role
      When Root deletes the role "support"
      Then Root sees no role "support"

    Scenario: A user has the role
      Given Ada has the role "support"
      When Root deletes the role "support"
      Then Root sees the error "the role is assigned to a user"
      And Ada can list all users

    Scenario Outline: The role "<role>" is built in
      When Root deletes the role "<role>"
      Then Root sees the error "the role is built in"

      Examples:
        | role  |
        | admin |
        | user  |
