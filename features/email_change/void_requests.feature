@email_change @since:0.2 @local
Feature: End what another person has prepared
  In order that my account is mine again
  As a user whose account another person has used
  I want a new password or a decision of the administrator to end a requested change

  Background:
    Given Ada has an account
    And Mallory has asked in Ada's session for the e-mail address "mallory@example.org"

  @R-06
  Rule: A new password voids a requested change

    Scenario: Ada replaces the password
      Given Ada has replaced the forgotten password
      When Mallory confirms the new e-mail address
      Then Mallory sees the error "the link does not work"

  @V-06
  Rule: An administrator's change voids a requested one, and has the same notice

    Scenario: Root gives Ada another e-mail address
      Given Root is an administrator
      When Root changes Ada's e-mail address to "countess@example.org"
      Then Ada gets one mail about a new e-mail address
      And Mallory cannot confirm the e-mail address

  Rule: The former e-mail address gets the account back although it was deleted since

    Scenario: Mallory has deleted the account since
      Given Mallory has confirmed the new e-mail address
      And Mallory has deleted Ada's account
      When Ada cancels the change
      Then Ada gets a mail with which she chooses a new password for "ada@example.org"
