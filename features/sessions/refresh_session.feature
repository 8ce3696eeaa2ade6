Feature: Staying logged in
  In order not to type my password every quarter of an hour
  As someone with an account
  I want my app to stay logged in while I use it, and no longer

  Background:
    Given Ada has an account
    And Ada has logged in on her phone

  Scenario: Going on after a quarter of an hour
    Given her access token has run out
    When her phone refreshes its session
    Then her phone is logged in

  Scenario: What was exchanged is worth nothing
    When her phone refreshes its session
    Then the access tokens of before and after both name Ada
    And no refresh token is given out twice

  Scenario: An answer that got lost
    Given the answer to her phone's last refresh got lost
    When her phone refreshes its session with what it still has
    Then her phone is logged in

  Scenario: A phone that lay in a drawer for a week
    Given a week has passed
    When her phone refreshes its session
    Then she is told that her session has ended

  Scenario: A month is the most
    Given her phone has refreshed its session every day for a month
    When her phone refreshes its session
    Then she is told that her session has ended
