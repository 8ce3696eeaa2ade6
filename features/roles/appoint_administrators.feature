@roles @since:0.1
Feature: Make users administrators
  In order that there is always an administrator
  As an administrator
  I want to assign the role "admin" to users and to remove it

  Background:
    Given Root is an administrator
    And Ada has an account

  @T-09
  Rule: The role "admin" gives all permissions, and takes effect on the next request

    Scenario: Root assigns the role
      When Root assigns the role "admin" to Ada
      Then Ada can list all users

    Scenario: Root removes the role
      Given Grace is an administrator
      When Root removes the role "admin" from Grace
      Then Grace cannot list users

  @A-07 @alone
  Rule: The last active administrator cannot be removed

    Scenario Outline: Root <acts>
      When Root <acts>
      Then Root sees the error "the last administrator cannot be removed"
      And Root can list all users

      Examples:
        | acts                                |
        | removes the role "admin" from Root  |
        | suspends Root                       |
        | deletes Root's account              |
