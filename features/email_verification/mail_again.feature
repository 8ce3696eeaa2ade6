@email_verification @since:0.2 @local
Feature: Request another mail to confirm an e-mail address
  In order to confirm my address although the first mail was lost
  As a new user
  I want another mail, without any other user learning whether I have an account

  Background:
    Given the operator requires confirmed e-mail addresses
    And Grace has no account
    And Grace has registered

  @N-04
  Rule: An address gets one mail in 60 seconds

    Scenario: 60 seconds have passed
      Given 60 seconds have passed
      When Grace requests another mail
      Then Grace gets 2 mails to confirm her e-mail address

    Scenario: 59 seconds have passed
      Given 59 seconds have passed
      When Grace requests another mail
      Then Grace gets 1 mail to confirm her e-mail address

  Rule: Only the newest link works

    Scenario: Grace finds the first mail after all
      Given 60 seconds have passed
      And Grace has requested another mail
      When Grace confirms her e-mail address with the first link
      Then Grace sees the error "the link does not work"

  @R-01
  Rule: The response does not depend on the account

    Scenario: Mallory requests a mail for an address without an account
      Given Mallory has no account
      When Mallory requests another mail
      Then Mallory sees the response that Grace sees
      And Mallory gets 0 mails to confirm her e-mail address
