Feature: Changing a profile
  In order to be called what I want to be called
  As someone with an account
  I want to keep my names up to date

  Background:
    Given Ada and Grace have accounts

  Scenario: Changing my display name
    When Ada changes her display name to "Ada King"
    Then Ada's display name is "Ada King"

  Scenario: Going without a display name
    Given Ada goes by the display name "Countess"
    When Ada gives up her display name
    Then Ada has no display name

  Scenario: Changing my username
    When Ada changes her username to "lovelace"
    Then Ada can log in as "lovelace"
    And Ada cannot log in as "Ada"

  Scenario: A username that is taken
    When Ada changes her username to Grace's
    Then she is told that the username is taken
    And Ada can log in as "Ada"
