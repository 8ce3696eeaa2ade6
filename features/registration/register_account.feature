Feature: Registering
  In order to use what asks Rollbook who I am
  As someone new
  I want to get an account of my own, which nobody can be mistaken for

  Background:
    Given Ada has no account yet
    And Grace has an account

  Scenario: Getting an account
    When Ada registers
    Then Ada can log in
    And Ada is an ordinary person

  Scenario: A username that is taken, in other letters
    When Ada registers with Grace's username in capitals
    Then she is told that the username is taken
    And Ada cannot log in

  Scenario: An address that is taken, in other letters
    When Ada registers with Grace's address in capitals
    Then she is told that the address is taken
    And Ada cannot log in
