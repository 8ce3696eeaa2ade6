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

  Scenario: Saying why
    When Root suspends Ada because "Her key was stolen"
    Then Root reads of Ada that "Her key was stolen"

  Scenario: A reason that no longer holds
    Given Root has suspended Ada because "Her key was stolen"
    When Root reactivates Ada
    Then Root reads no reason of Ada

  Scenario: Letting somebody in again
    Given Grace is suspended
    When Root reactivates Grace
    Then Grace can log in

  Scenario: What somebody held before stays void
    Given Root has suspended Ada
    When Root reactivates Ada
    Then Ada has to log in again
    And Ada can log in
