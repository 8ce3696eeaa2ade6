@email_change @since:0.2 @V-06 @local
Feature: Notice that the former e-mail address was restored
  In order not to lose my account to a person who reads my former mailbox
  As a user who has changed the e-mail address
  I want a mail when the former one takes its place again

  Background:
    Given Ada has an account

  Rule: Only an e-mail address that was confirmed gets this mail

    Scenario: Mallory reads the former mailbox of Ada
      Given Ada has changed her e-mail address to "countess@example.org"
      When Mallory cancels the change
      Then "countess@example.org" gets a mail about the former e-mail address

    Scenario: Ada has not confirmed the new e-mail address
      Given Ada has asked for the e-mail address "countess@example.org"
      When Mallory cancels the change
      Then "countess@example.org" gets no mail about the former e-mail address
