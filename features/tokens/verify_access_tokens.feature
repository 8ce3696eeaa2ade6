@tokens @since:0.1 @local
Feature: Verify access tokens in another service
  In order to authenticate users without a request to Rollbook
  As the developer of the Shop, another service
  I want to verify access tokens with the keys that Rollbook publishes

  Background:
    Given Rollbook signs access tokens with its own keys
    And Ada has an account
    And Ada has logged in

  @T-08
  Rule: An access token names the user's id and roles, and no personal data

    Scenario: The token is valid
      When the Shop verifies Ada's token with the published keys
      Then the Shop sees Ada's id and the role "user"
      And the Shop sees neither Ada's username nor her e-mail address

  @T-09
  Rule: A service that verifies tokens without a request to Rollbook accepts them until they expire, for up to 15 minutes
    It does not notice that a session has ended, that a user is suspended or deleted, or that roles have changed. A service that must know it introspects the token.

    Scenario: Ada is suspended
      Given Root is an administrator
      And Root has suspended Ada
      When the Shop verifies Ada's token with the published keys
      Then the Shop sees Ada's id and the role "user"
      And Rollbook rejects Ada's token

  @T-07
  Rule: A changed token is rejected

    Scenario: Mallory gives herself a role
      Given Mallory has added the role "admin" to Ada's token
      When the Shop verifies Ada's token with the published keys
      Then the Shop rejects Ada's token
