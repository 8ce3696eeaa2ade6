@users @since:0.1
Feature: Suspend users
  In order to lock out a user without the loss of the account
  As an administrator
  I want to suspend and reactivate users

  Background:
    Given Root is an administrator
    And Ada has an account

  @L-09
  Rule: A suspended user cannot log in, and the user's sessions end

    Scenario: Root suspends Ada
      Given Ada has logged in on another device
      When Root suspends Ada
      Then Ada cannot log in
      And Ada's session has ended
      And the session on the other device has ended

  Rule: An administrator records the reason, which ends with the suspension

    Scenario: Root suspends Ada for a reason
      When Root suspends Ada because "Her key was stolen"
      Then Root sees the reason "Her key was stolen" in Ada's account

    Scenario: Root reactivates Ada
      Given Root has suspended Ada because "Her key was stolen"
      When Root reactivates Ada
      Then Root sees no reason in Ada's account

  Rule: A reactivated user logs in again

    Scenario: Sessions from before the suspension stay ended
      Given Root has suspended Ada
      When Root reactivates Ada
      Then Ada's session has ended
      And Ada can log in
