@roles @since:0.1 @T-09
Feature: The role of all users
  In order to change what every user may do
  As an administrator
  I want to change the permissions of a role that all users have

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: All users have the role "user", and keep it

    @alone
    Scenario: Root changes the permissions of all users
      When Root changes the role "user" to the permission "users:read"
      Then Ada can list all users

    Scenario: Root removes the role "user"
      When Root removes the role "user" from Ada
      Then Root sees the error "the role is built in"
