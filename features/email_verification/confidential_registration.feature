@email_verification @since:0.2 @R-01 @local
Feature: Register without revealing who has an account
  In order that no stranger learns who uses the service
  As a user
  I want a registration with my e-mail address to look like any other

  Background:
    Given the operator requires confirmed e-mail addresses
    And Grace has no account
    And Grace has registered

  Rule: The response does not depend on whether the address is registered

    Scenario: Mallory registers with Grace's e-mail address
      Given Mallory has no account
      When Mallory registers with Grace's e-mail address
      Then Mallory sees the response that Grace has seen
      And Mallory cannot log in

    Scenario: Grace learns of it
      Given Mallory has no account
      When Mallory registers with Grace's e-mail address
      Then Grace gets one mail about a registration with her e-mail address

  @R-06
  Rule: What was begun before the address was confirmed ends with the confirmation

    Scenario: Mallory has a session of the account with Grace's e-mail address
      Given Mallory has logged in to the account before Grace had to confirm her e-mail address
      When Grace confirms her e-mail address with the link
      Then Mallory's session has ended
