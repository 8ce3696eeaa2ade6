@sessions @since:0.1
Feature: Refresh a session
  In order not to enter my password every 15 minutes
  As a user
  I want my app to refresh its session while I use it

  Background:
    Given Ada has an account
    And Ada is logged in on her phone

  @S-01
  Rule: A refresh returns a new access token, valid for 15 minutes, and a new refresh token

    @local
    Scenario: The access token has expired
      Given the access token on Ada's phone has expired
      When Ada's phone refreshes the session
      Then Ada's phone has a new access token and a new refresh token

  @S-07 @local
  Rule: By default, a session ends 7 days after its last refresh, and 30 days after the login

    Scenario: The last refresh was 6 days ago
      Given 6 days have passed
      When Ada's phone refreshes the session
      Then Ada's phone has a new access token and a new refresh token

    Scenario: The last refresh was 7 days ago
      Given 7 days have passed
      When Ada's phone refreshes the session
      Then Ada's phone sees the error "the session has ended"

    Scenario: The login was 30 days ago
      Given Ada's phone has refreshed the session every day for 30 days
      When Ada's phone refreshes the session
      Then Ada's phone sees the error "the session has ended"

  @S-04 @local
  Rule: A client can repeat a refresh for 10 seconds, by default

    Scenario: The response was lost
      Given Ada's phone refreshed the session 9 seconds ago, but the response was lost
      When Ada's phone refreshes the session
      Then Ada's phone has a new access token and a new refresh token
