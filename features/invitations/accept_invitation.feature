@invitations @since:0.2 @local
Feature: Accept an invitation
  In order to use the service without waiting for an administrator
  As a person who is invited
  I want to choose my password with the link in the mail

  Background:
    Given Root is an administrator
    And Grace has no account

  Rule: The link in the mail makes an account, and the receiver chooses its password

    Scenario: Grace accepts the invitation
      Given Root has invited Grace
      When Grace accepts the invitation with the password "a nanosecond is a foot of wire"
      Then Grace can log in with the password "a nanosecond is a foot of wire"
      And Root sees the invitation of Grace as accepted

    @P-05
    Scenario: Grace chooses a common password first
      Given Root has invited Grace
      And Grace has tried to accept the invitation with the password "qwertyuiop123"
      When Grace accepts the invitation with the password "a nanosecond is a foot of wire"
      Then Grace can log in with the password "a nanosecond is a foot of wire"

    Scenario: Grace chooses the username of another user
      Given Ada has an account
      And Root has invited Grace
      When Grace accepts the invitation with Ada's username
      Then Grace sees the error "the username is already registered"
      And Grace has no account yet

  @R-08
  Rule: An invitation works while the registration is closed

    Scenario: The operator has closed the registration
      Given the operator has closed the registration
      And Root has invited Grace
      When Grace accepts the invitation
      Then Grace can log in

    Scenario: Mallory has no invitation
      Given Mallory has no account
      And the operator has closed the registration
      When Mallory accepts an invitation with a token that she has guessed
      Then Mallory sees the error "the invitation does not work"
