Feature: Being turned away
  In order that nobody finds out who has an account, and in what state
  As someone with an account
  I want everyone who fails to log in to be told the same

  Background:
    Given Ada has an account
    And Grace has no account yet

  Scenario: A wrong password
    When Ada gives a wrong password
    Then she is told that the name or the password is wrong

  Scenario: Someone unknown
    When Ada gives a wrong password, and Grace tries it as well
    Then both are told the same

  @administered
  Scenario: Someone suspended
    Given Alan is suspended
    When Ada gives a wrong password, and Alan gives his own
    Then both are told the same
