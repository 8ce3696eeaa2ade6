@registration @since:0.1 @R-08 @local
Feature: Close the registration
  In order to decide who gets an account
  As the operator of the service
  I want to close the registration

  Background:
    Given the operator has closed the registration
    And Ada has no account

  Rule: Users cannot register

    Scenario: Ada registers
      When Ada registers
      Then Ada sees the error "registration is closed"
      And Ada cannot log in

  Rule: Administrators still create accounts

    Scenario: Root creates an account
      Given Root is an administrator
      When Root creates an account for Ada
      Then Ada can log in
