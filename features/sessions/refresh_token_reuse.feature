@sessions @since:0.1
Feature: Refresh token reuse
  In order that a thief does not use my session
  As a user
  I want a session to end when its refresh token was copied, and to see why it ended

  Background:
    Given Ada has an account
    And Ada is logged in on her phone
    And Ada is logged in on her laptop

  @S-02 @local
  Rule: A superseded refresh token ends its session if it is used after more than 10 seconds, by default

    Scenario Outline: <second> comes second
      Given Mallory has copied the tokens of Ada's phone
      And <first> refreshed the session 11 seconds ago
      When <second> refreshes the session
      Then <second> sees the error "the refresh token was used twice"
      And Mallory is logged out
      And Ada's phone is logged out
      And Ada's laptop is logged in

      Examples:
        | first       | second      |
        | Ada's phone | Mallory     |
        | Mallory     | Ada's phone |

    @S-08
    Scenario: Ada sees why the session ended
      Given Mallory has copied the tokens of Ada's phone
      And Ada's phone refreshed the session 11 seconds ago
      And Mallory has used the superseded refresh token
      When Ada lists her sessions on her laptop
      Then Ada's laptop sees that the session "Safari on iPhone" ended because of a reused token

  @S-04
  Rule: A refresh token that two later ones have superseded ends its session at once

    Scenario: Mallory uses the token before the previous one
      Given Mallory has copied the tokens of Ada's phone
      And Ada's phone has refreshed the session twice
      When Mallory refreshes the session
      Then Mallory sees the error "the refresh token was used twice"
      And Ada's phone is logged out

  Rule: A forged refresh token ends no session

    Scenario: Mallory knows the id of the session
      Given Mallory has forged a refresh token for the session of Ada's phone
      When Mallory refreshes the session
      Then Mallory sees the error "the session has ended"
      And Ada's phone is logged in
