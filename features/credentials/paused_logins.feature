@credentials @since:0.2 @case-B-32
Feature: Help users who cannot log in
  In order that users wait no longer than necessary
  As an administrator
  I want to see why a user cannot log in, and to end a pause after wrong passwords

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: An administrator sees that wrong passwords have paused the logins, and can end the pause

    Scenario: Root looks up why Ada cannot log in
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      When Root reads the failed logins of Ada
      Then Root sees 5 failed logins and a pause of at most 5 minutes
      And Root sees the network of the failed logins

    Scenario: Root ends the pause
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      When Root ends the pause of Ada
      Then Ada can log in

  @A-07
  Rule: A user does not set the password of a user with more permissions

    Scenario: Hedy tries to take over the account of an administrator
      Given Hedy has an account with the permission "users:credentials"
      When Hedy gives Root a temporary password
      Then Hedy sees the error "the permission is missing"
      And Root can log in
