Feature: Noticing a stolen session
  In order that nobody goes on in my name
  As someone with an account
  I want a refresh token that was copied to shut out both the thief and me, and to be told

  Background:
    Given Ada has an account
    And Ada has logged in on her phone
    And Ada has logged in on her laptop

  Scenario Outline: <who> comes second
    Given a thief has copied the refresh token of her phone
    When <first> refreshes the session, goes on for a while, and then <second> does
    Then the second is told that a refresh token was stolen
    And neither the thief nor her phone is logged in
    And her laptop is still logged in

    Examples:
      | who       | first     | second    |
      | The thief | her phone | the thief |
      | The owner | the thief | her phone |

  Scenario: She learns of it where she is still logged in
    Given a thief has copied the refresh token of her phone
    When her phone refreshes the session, goes on for a while, and then the thief does
    Then her laptop shows that a session ended because a refresh token was stolen

  Scenario: Nobody ends a session by guessing
    When somebody makes up a refresh token for the session of her phone
    Then they are told that her session has ended
    And her phone is still logged in
