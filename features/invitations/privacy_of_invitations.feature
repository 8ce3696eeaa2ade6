@invitations @since:0.2 @R-01
Feature: Invitations to people who have an account
  In order that no inviter learns who uses the service
  As a user
  I want an invitation to my e-mail address to reveal nothing

  Background:
    Given Hedy has an account with the permission "invitations:write"
    And Root is an administrator
    And Ada has an account

  Rule: An inviter cannot see whether an e-mail address is registered

    Scenario: Hedy invites Ada
      When Hedy invites Ada
      Then Hedy sees the same as for an e-mail address without an account
      And Root sees the invitation of Ada as open

  @local
  Rule: The owner of a registered e-mail address gets a mail without a link

    Scenario: Ada gets a mail
      When Hedy invites Ada
      Then Ada gets a mail that she has an account already
      And Ada has got no invitation
