@email_verification @since:0.2 @R-06 @local
Feature: Get my e-mail address although a stranger has registered it
  In order that no stranger keeps my e-mail address from me
  As the reader of the mails to an e-mail address
  I want an account that no user has confirmed to give way to me

  Background:
    Given the operator requires confirmed e-mail addresses
    And Ada has an account
    And Mallory has registered with the e-mail address "countess@example.org"

  Rule: Who has proved to read the mails gets the e-mail address

    Scenario: Ada changes her e-mail address
      Given Ada has asked for the e-mail address "countess@example.org"
      When Ada confirms the change with the link
      Then Ada can log in with her new e-mail address "countess@example.org"

    Scenario: The operator invites the owner of the e-mail address
      Given the operator has invited "countess@example.org"
      When the owner accepts the invitation with the username "countess"
      Then the owner of "countess@example.org" can log in

  Rule: A confirmed account stays

    Scenario: Mallory has confirmed the e-mail address
      Given Ada has asked for the e-mail address "countess@example.org"
      And Mallory has confirmed the e-mail address "countess@example.org"
      When Ada confirms the change with the link
      Then Ada sees the error "the e-mail address is already registered"
