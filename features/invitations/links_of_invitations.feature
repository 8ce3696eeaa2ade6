@invitations @since:0.2 @local @V-03
Feature: Links of invitations
  In order that a lost or forgotten mail opens no account
  As an administrator
  I want links that work once, for a limited time, until I revoke them

  Background:
    Given Root is an administrator
    And Grace has no account
    And Root has invited Grace

  Rule: A link works for 7 days, by default

    Scenario: 6 days have passed
      Given 6 days have passed
      When Grace accepts the invitation
      Then Grace can log in

    Scenario: 7 days have passed
      Given 7 days have passed
      When Grace accepts the invitation
      Then Grace sees the error "the invitation does not work"
      And Root sees the invitation of Grace as expired

  Rule: A link works once

    Scenario: Grace uses the link again
      Given Grace has accepted the invitation
      When Grace accepts the invitation
      Then Grace sees the error "the invitation does not work"
      And Grace can log in

  Rule: Only the newest link works

    Scenario: Root sends the invitation again after 8 days
      Given 8 days have passed
      And Root has sent the invitation of Grace again
      When Grace accepts the invitation
      Then Grace can log in

    Scenario: Grace uses the older link
      Given 1 minute has passed
      And Root has sent the invitation of Grace again
      When Grace accepts the invitation with the older link
      Then Grace sees the error "the invitation does not work"
      And Grace has no account yet
