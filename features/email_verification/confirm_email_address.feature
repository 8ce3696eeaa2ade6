@email_verification @since:0.2 @R-07 @local
Feature: Confirm an e-mail address
  In order that every account belongs to a person whom mails reach
  As the operator
  I want users to confirm their e-mail address before they do anything else

  Background:
    Given the operator requires confirmed e-mail addresses
    And Grace has no account
    And Grace has registered

  Rule: The link in the mail confirms the address; it works once and for 24 hours

    Scenario: Grace opens the link and agrees
      When Grace confirms her e-mail address with the link
      Then Grace can read the protected greeting after a login
      And Grace's account has a confirmed e-mail address

    Scenario: Grace uses the link again
      Given Grace has confirmed her e-mail address with the link
      When Grace confirms her e-mail address with the link
      Then Grace sees the error "the link does not work"

    Scenario: 24 hours have passed
      Given 24 hours have passed
      When Grace confirms her e-mail address with the link
      Then Grace sees the error "the link does not work"

    Scenario: Root has given Grace another e-mail address
      Given Root is an administrator
      And Root has changed Grace's e-mail address
      When Grace confirms her e-mail address with the link
      Then Grace sees the error "the link does not work"
