@roles @since:0.1
Feature: Delete roles
  In order that no user loses permissions by mistake
  As an administrator
  I want to delete only roles that no user and no program has

  Background:
    Given Root is an administrator
    And Ada has an account
    And the role "support" has the permission "users:read"

  Rule: A role can be deleted if no user and no service account has it and it is not built in

    Scenario: No user has the role
      When Root deletes the role "support"
      Then Root sees no role "support"

    Scenario: A user has the role
      Given Ada has the role "support"
      When Root deletes the role "support"
      Then Root sees the error "the role is assigned to a user"
      And Ada can list all users

    Scenario: A service account has the role
      Given the service account "Nightly sync" has the role "support"
      When Root deletes the role "support"
      Then Root sees the error "the role is assigned to a service account"

    Scenario Outline: The role "<role>" is built in
      When Root deletes the role "<role>"
      Then Root sees the error "the role is built in"

      Examples:
        | role  |
        | admin |
        | user  |
