@credentials @since:0.2 @local @B-32
Feature: Help users who cannot log in
  In order that users wait no longer than necessary
  As an administrator
  I want to create accounts before their users have a password, and to end a pause after wrong passwords

  Background:
    Given Root is an administrator

  Rule: An account without a password exists, and nobody can log in to it

    Scenario: Root creates an account without a password
      Given Grace has no account
      When Root creates an account for Grace without a password
      Then Root sees that Grace has no password yet
      And Grace cannot log in

    Scenario: The account gets a password later
      Given Root has created an account for Grace without a password
      When Root gives Grace a temporary password
      Then Grace can log in with the temporary password

  Rule: An administrator sees that logins are paused after 5 wrong passwords, and can end the pause

    Scenario: Root looks up why Ada cannot log in
      Given Ada has an account
      And Mallory has tried 5 wrong passwords for Ada's account
      When Root reads the failed logins of Ada
      Then Root sees 5 failed logins and a pause of at most 5 minutes

    Scenario: Root ends the pause
      Given Ada has an account
      And Mallory has tried 5 wrong passwords for Ada's account
      When Root ends the pause of Ada
      Then Ada can log in

  @A-07
  Rule: Nobody sets the password of a user with more permissions

    Scenario: A helper tries to take over the account of an administrator
      Given Hedy has an account with the permission "users:credentials"
      When Hedy gives Root a temporary password
      Then Hedy sees the error "the permission is missing"
