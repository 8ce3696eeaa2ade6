@tokens @since:0.2 @local @case-B-33
Feature: Choose the signing algorithm
  In order to protect a service whose gateway knows one algorithm only
  As the operator of the service
  I want to choose the algorithm that signs access tokens, without logging users out

  Background:
    Given Rollbook signs access tokens with its own keys
    And Ada has an account
    And Ada has logged in

  Rule: New tokens have the chosen algorithm, and earlier tokens stay valid

    Scenario Outline: The operator changes the algorithm
      Given the operator changed the signing algorithm to <algorithm> 5 seconds ago
      And Grace has an account
      And Grace has logged in
      When the Shop reads the published keys again and verifies Ada's and Grace's tokens
      Then the Shop sees the ids of Ada and Grace
      And Grace's token is signed with <algorithm>
      And Rollbook accepts Ada's token

      Examples:
        | algorithm |
        | RS256     |
        | EdDSA     |
