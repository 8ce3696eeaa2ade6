@email_verification @since:0.2 @R-01 @local
Feature: Get the username of a registration with the confirmation
  In order that no stranger learns from a username whether I have an account
  As a user
  I want usernames to belong to confirmed accounts only

  Background:
    Given the operator requires confirmed e-mail addresses
    And Grace has no account
    And Grace has registered

  Rule: A username belongs to the account from the confirmation on, if it is free then

    Scenario: Grace confirms her e-mail address
      When Grace confirms her e-mail address with the link
      Then Grace can log in with her username

    Scenario: Mallory registers with Grace's username
      Given Mallory has no account
      When Mallory registers with Grace's username
      Then Mallory sees the response that Grace has seen

    Scenario: Mallory confirms after Grace
      Given Mallory has registered with Grace's username
      And Grace has confirmed her e-mail address with the link
      When Mallory confirms her e-mail address with the link
      Then Mallory has an account without a username
      And Grace can log in with her username

    Scenario: Mallory asks for a username together with Grace's e-mail address, to see which is known
      Given Mallory has no account
      And Mallory has registered with Grace's e-mail address
      When Mallory registers with the same username and her own e-mail address
      Then Mallory sees the response that Grace has seen
