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
    By default, a new key is published 10 minutes before it signs, since other services keep the published keys for up to 5 minutes. The operator can rotate the keys at once; then other services may reject new tokens until they read the published keys again.

    Scenario: Another service verifies tokens of both keys
      Given the operator rotated the keys 5 seconds ago
      And Grace has an account
      And Grace has logged in
      When the Shop reads the published keys again and verifies Ada's and Grace's tokens
      Then the Shop sees the ids of Ada and Grace
      And the two tokens are signed with different keys
      And Rollbook accepts Ada's token

    Scenario Outline: The new key was published <minutes> minutes ago
      Given the new key was published <minutes> minutes ago
      When the operator rotates the keys
      Then Grace's new token is signed with <key>

      Examples:
        | minutes | key              |
        | 9       | the earlier key  |
        | 10      | the new key      |

  Rule: Rollbook rejects tokens of a revoked key within 5 seconds, and other services within 5 minutes
    Other services keep the published keys for up to 5 minutes. Sessions continue: a client gets a token of the new key for its refresh token.

    Scenario: A stolen key is revoked
      Given the operator revoked the key of Ada's token 5 seconds ago
      When the Shop reads the published keys again and verifies Ada's token
      Then the Shop rejects Ada's token
      And the Shop sees that it may keep the published keys for 5 minutes
      And Rollbook rejects Ada's token
      And Ada gets a valid token for her refresh token
