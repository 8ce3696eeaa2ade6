@invitations @since:0.2 @local
Feature: Invitations without a mail server
  In order not to wait for mails that never come
  As an administrator
  I want to see that the service cannot invite people

  Background:
    Given the service has no mail server
    And Root is an administrator
    And Grace has no account

  Rule: Without a mail server no person is invited, and administrators still create accounts

    Scenario: Root invites Grace
      When Root invites Grace
      Then Root sees the error "the service sends no mail"

    Scenario: Root creates an account
      When Root creates an account for Grace
      Then Grace can log in
