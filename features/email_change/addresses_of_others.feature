@email_change @since:0.2
Feature: Ask for the e-mail address of another user
  In order that no stranger learns who uses the service, or takes my e-mail address
  As a user
  I want my e-mail address to stay mine when another user asks for it

  Background:
    Given Ada and Grace have accounts

  @V-06 @local
  Rule: A known e-mail address has the same response as an unknown one, and gets no mail

    Scenario: Ada asks for the e-mail address of Grace
      When Ada asks for the e-mail address "grace@example.org"
      Then Ada sees no error
      And Grace gets no mail about the confirmation of a new e-mail address

    Scenario: Grace gets the e-mail address before Ada has confirmed it
      Given Ada has asked for the e-mail address "countess@example.org"
      And Grace's e-mail address has become "countess@example.org"
      When Ada confirms the new e-mail address
      Then Ada sees the error "the e-mail address is already registered"
      And Ada can log in with the e-mail address "ada@example.org"

  Rule: The new e-mail address is another one

    Scenario: Ada asks for the e-mail address that she has
      When Ada asks for her own e-mail address
      Then Ada sees the error "the e-mail address is the current one"
