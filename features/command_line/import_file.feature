@command_line @since:0.2
Feature: Import users on the command line
  In order that no user is locked out after the move
  As an operator
  I want the command to fail if no imported user can log in

  Background:
    Given Root is an administrator

  @case-B-08
  Rule: An import after which no user can log in fails

    Scenario: The file has no passwords
      When the operator imports Grace without a password
      Then the command fails
      And the operator reads "None of these users has a password"

    Scenario: All users of the file are suspended
      When the operator imports Grace as a suspended user
      Then the command fails
      And the operator reads "None of these users can log in"

    Scenario: The operator knows that passwords follow later
      When the operator imports Grace without a password, and says that it follows later
      Then the command succeeds

  Rule: An update does not give an account to a stranger

    Scenario: A user of the previous system has a username like that of Root
      When the operator imports a user with the username of Root and another e-mail address, and requests the update
      Then the command fails
      And Root can log in
