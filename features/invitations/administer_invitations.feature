@invitations @since:0.2
Feature: Administer invitations
  In order to know whom I have invited, and to correct a mistake
  As an administrator
  I want to list, read, resend and revoke invitations

  Background:
    Given Root is an administrator
    And Grace has no account
    And Root has invited Grace

  Rule: Administrators see the invitations

    Scenario: Root lists the open invitations
      When Root lists the open invitations
      Then Root sees exactly the invitation of Grace

    Scenario: Root reads an invitation that does not exist
      When Root reads an unknown invitation
      Then Root sees the error "the invitation does not exist"

  Rule: The link of a revoked invitation does not work

    @local
    Scenario: Root revokes the invitation
      When Root revokes the invitation of Grace
      Then Root sees the invitation of Grace as revoked
      And Grace cannot accept the invitation

    @local
    Scenario: Grace has accepted the invitation
      Given Grace has accepted the invitation
      When Root revokes the invitation of Grace
      Then Root sees the error "the invitation is closed"
      And Grace can log in

  @local
  Rule: A person gets one invitation in 60 seconds

    Scenario: Root sends the invitation again at once
      When Root sends the invitation of Grace again
      Then Root sees the error "there were too many requests"
      And Grace has got 1 invitation
