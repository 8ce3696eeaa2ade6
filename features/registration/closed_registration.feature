Feature: Closing registration
  In order to decide myself who gets in
  As the one who runs the service
  I want to close registration

  Background:
    Given registration is closed
    And Ada has no account yet

  Scenario: Registering oneself
    When Ada registers
    Then she is told that registration is closed
    And Ada cannot log in

  Scenario: Administrators still open accounts
    Given Root is an administrator
    When Root opens an account for Ada
    Then Ada can log in
