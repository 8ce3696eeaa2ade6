@password_reset @since:0.2 @V-01
Feature: Hide which e-mail addresses have an account
  In order that no stranger learns who uses the service
  As a user
  I want the response to a forgotten password to be the same for every e-mail address

  Background:
    Given Ada has an account

  Rule: The response does not depend on the account

    Scenario: Mallory asks for Ada and for an unknown e-mail address
      Given Mallory has no account
      When Mallory says for Ada that she forgot the password
      Then Mallory sees the response that an unknown e-mail address has

  @local
  Rule: Only an active account gets a mail, and only at its stored e-mail address

    Scenario: Ada asks for herself
      When Ada says that she forgot the password
      Then Ada gets one mail about a forgotten password

    Scenario: Grace is suspended
      Given Grace has a suspended account
      When Grace says that she forgot the password
      Then Grace gets no mail about a forgotten password

    @R-03
    Scenario: Mallory uses another spelling of the e-mail address
      When Mallory says for "ａｄａ@example.org" that she forgot the password
      Then Ada gets one mail about a forgotten password

    Scenario: The service sends no mail
      Given the service sends no mail
      When Ada says that she forgot the password
      Then Ada sees the error "the service sends no mail"
