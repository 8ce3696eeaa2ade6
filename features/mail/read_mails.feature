@mail @since:0.2 @local
Feature: Read mails without a mail server
  In order to try what users do with mails before there is a mail server
  As an operator
  I want to read the mails on a page of the service

  Rule: Outside production and without a mail server, a page shows the mails and their links

    Scenario: Ada forgot her password
      Given Ada has an account
      And Ada has asked for a new password
      When the operator opens the mailbox
      Then the mailbox shows the mail to Ada with a link
