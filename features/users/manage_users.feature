Feature: Managing accounts
  In order that everybody who belongs to us has the right account, and nobody else has one
  As an administrator
  I want to open, correct and delete accounts

  Background:
    Given Root is an administrator
    And Ada has an account
    And Grace has no account yet

  Scenario: Opening an account for somebody
    When Root opens an account for Grace
    Then Grace can log in

  Scenario: Opening a second account for somebody
    When Root opens an account for Grace with Ada's address
    Then Root is told that the address is taken

  Scenario: Correcting an address
    When Root changes Ada's address to "countess@example.org"
    Then Ada can log in as "countess@example.org"

  Scenario: Deleting an account
    When Root deletes Ada's account
    Then Ada cannot log in
    And Root can no longer find Ada

  Scenario: An account that is gone
    Given Ada's account has been deleted
    When Root deletes Ada's account
    Then Root is told that there is no such person
