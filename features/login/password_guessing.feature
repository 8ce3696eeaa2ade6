Feature: Guessing passwords
  In order that nobody gets into my account by trying long enough
  As someone with an account
  I want guessing to be interrupted, and to get in myself soon after

  Background:
    Given Ada and Grace have accounts
    And somebody has guessed Ada's password 4 times

  Scenario: A few wrong guesses
    When Ada logs in
    Then she is recognised as Ada

  Scenario: One guess too many
    Given somebody has guessed Ada's password once more
    When Ada logs in
    Then she is told that she has to wait

  Scenario: Nobody else has to wait
    Given somebody has guessed Ada's password once more
    When Grace logs in
    Then she is recognised as Grace

  Scenario: Who gets in starts anew
    Given Ada has logged in
    And somebody has guessed Ada's password 4 times
    When Ada logs in
    Then she is recognised as Ada

  @inside
  Scenario: The wait is over
    Given somebody has guessed Ada's password once more
    And five minutes have passed
    When Ada logs in
    Then she is recognised as Ada
