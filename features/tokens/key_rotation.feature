@tokens @since:0.1 @local @T-10
Feature: Rotate signing keys
  In order that a stolen key does little harm
  As the operator of the service
  I want to replace signing keys without logging users out

  Background:
    Given Rollbook signs access tokens with its own keys
    And Ada has an account
    And Ada has logged in

  Rule: After a rotation, new tokens have a new key within 5 seconds, and earlier tokens stay valid

    Scenario: Another service verifies tokens of both keys
      Given the operator rotated the keys 5 seconds ago
      And Grace has an account
      And Grace has logged in
      When the Shop verifies Ada's and Grace's tokens with the published keys
      Then the Shop sees the ids of Ada and Grace
      And the two tokens are signed with different keys
      And Rollbook accepts Ada's token

  Rule: Tokens of a revoked key are rejected within 5 seconds, and sessions continue

    Scenario: A stolen key is revoked
      Given the operator revoked the key of Ada's token 5 seconds ago
      When the Shop verifies Ada's token with the published keys
      Then the Shop rejects Ada's token
      And Rollbook rejects Ada's token
      And Ada gets a valid token for her refresh token
