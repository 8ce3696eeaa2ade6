@outbox @since:0.2
Feature: See mails that could not be delivered
  In order to help a user who waits for a mail
  As an administrator
  I want to see what became of it

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: Administrators see which mails wait and which were given up

    @local
    Scenario: The mail server rejects a mail
      Given a mail to Ada was rejected for good
      When Root lists the messages that were given up
      Then Root sees the mail to Ada with the reason "no such mailbox"

    @local
    Scenario: The mail server is busy
      Given the mail server was too busy for a mail to Ada
      When Root lists the messages that wait
      Then Root sees the mail to Ada with the reason "the server is busy"
      And Root sees when it is tried again

    @local
    Scenario: The content of a mail stays private
      Given a mail to Ada was rejected for good
      When Root lists the messages that were given up
      Then Root sees neither the e-mail address nor the content of the mail

  Rule: Reading needs the permission "outbox:read"

    Scenario: Ada reads the messages about herself
      When Ada lists the messages that were given up
      Then Ada sees the error "the permission is missing"
