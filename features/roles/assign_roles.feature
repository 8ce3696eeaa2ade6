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

  Rule: All users have the role "user"

    @alone
    Scenario: Root changes the permissions of all users
      When Root changes the role "user" to the permission "users:read"
      Then Ada can list all users

    Scenario: Root removes the role "user"
      When Root removes the role "user" from Ada
      Then Root sees the error "the role is built in"
