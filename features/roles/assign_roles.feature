@roles @since:0.1 @T-09
Feature: Assign roles
  In order that users can do their work and no more
  As an administrator
  I want to assign roles to users and to remove them

  Background:
    Given Root is an administrator
    And Ada has an account
    And the role "support" has the permission "users:read"

  Rule: A user has the permissions of the assigned roles, from the next request on

    Scenario: Root assigns a role
      When Root assigns the role "support" to Ada
      Then Ada can list all users

    Scenario: Root removes a role
      Given Ada has the role "support"
      When Root removes the role "support" from Ada
      Then Ada cannot list users

  Rule: Only a role that exists can be assigned, and at most 20 to one user beside the role "user"

    Scenario: The role does not exist
      When Root assigns the role "unknown" to Ada
      Then Root sees the error "the role does not exist"

    Scenario Outline: Ada has <number> roles
      Given Ada has been assigned <number> roles
      When Root assigns the role "support" to Ada
      Then Root sees <result>
      And Ada has 20 roles beside the role "user"

      Examples:
        | number | result                                   |
        | 19     | no error                                 |
        | 20     | the error "the user has too many roles"  |
