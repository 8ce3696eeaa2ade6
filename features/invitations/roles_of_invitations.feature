@invitations @since:0.2 @local @A-07
Feature: Roles of invitations
  In order that new administrators can begin at once
  As an administrator
  I want to invite people with the roles that I may assign

  Background:
    Given Root is an administrator
    And Hedy is an administrator
    And Grace has no account

  Rule: The new account has the roles of the invitation

    Scenario: Root invites a second administrator
      Given Root has invited Grace as administrator
      When Grace accepts the invitation
      Then Grace can log in as an administrator

  Rule: A user can invite with the permission for it, and only with roles that the user may assign

    Scenario: Ada has no permission
      Given Ada has an account
      When Ada invites Grace
      Then Ada sees the error "the permission is missing"
      And Grace has got no invitation

    Scenario: Ada may only invite
      Given Ada has an account with the permission "invitations:write"
      When Ada invites Grace as administrator
      Then Ada sees the error "the permission is missing"
      And Grace has got no invitation

  Rule: An invitation ends with the permissions of the user who has sent it

    Scenario: The inviter is suspended
      Given Hedy has invited Grace as administrator
      And Root has suspended Hedy
      When Grace accepts the invitation
      Then Grace sees the error "the invitation does not work"

    Scenario: Another administrator sends it again
      Given Hedy has invited Grace as administrator
      And Root has suspended Hedy
      And 1 minute has passed
      And Root has sent the invitation of Grace again
      When Grace accepts the invitation
      Then Grace can log in as an administrator
