Feature: Suspending people
  In order to keep somebody out for a while without losing their account
  As an administrator
  I want to suspend and reactivate people

  Background:
    Given Root is an administrator
    And Ada has an account

  Scenario: Suspending somebody
    When Root suspends Ada
    Then Ada cannot log in
    And Ada has to log in again

  Scenario: Letting somebody in again
    Given Grace is suspended
    When Root reactivates Grace
    Then Grace can log in

  Scenario: What somebody held before stays void
    Given Root has suspended Ada
    When Root reactivates Ada
    Then Ada has to log in again
    And Ada can log in
