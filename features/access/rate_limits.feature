Feature: Asking too often
  In order that the service is there for everybody
  As someone with an account
  I want those who ask without end to be slowed down, and nobody else

  Background:
    Given everybody may ask 3 times a day
    And Ada and Grace have accounts
    And Ada has asked 3 times today

  Scenario: Asking once more
    When Ada asks for the protected greeting
    Then she is told that she has to wait
    And she is told for how long

  Scenario: Nobody else is slowed down
    When Grace asks for the protected greeting
    Then Grace is greeted by her username
