@outbox @since:0.2
Feature: Retry mails that were given up
  In order to help a user who waits for a mail
  As an administrator
  I want to have it sent again

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: A mail that was given up can be retried

    @local
    Scenario: The operator repairs the mail server
      Given a mail to Ada was rejected for good
      When Root retries the mail
      Then the mail is delivered to Ada
      And the audit log records that Root retried the mail

    @local
    Scenario: The mail has been delivered
      Given a mail was delivered to Ada
      When Root retries the mail
      Then Root sees the error "the message was not given up"

    Scenario: The mail does not exist
      When Root retries a mail that does not exist
      Then Root sees the error "the message does not exist"

  Rule: A retry needs the permission "outbox:write"

    @local
    Scenario: Grace may only read
      Given Grace has an account with the permission "outbox:read"
      And a mail to Ada was rejected for good
      When Grace retries the mail
      Then Grace sees the error "the permission is missing"
