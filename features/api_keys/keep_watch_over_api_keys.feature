@api_keys @since:0.2
Feature: Keep watch over my API keys
  In order to notice an API key that I did not create, or that another person uses
  As a user
  I want to see my API keys with their last use, and to get mails about them

  Background:
    Given Ada has an account
    And Ada has the API key "Report"

  Rule: A user sees the last use of each API key, also beside the sessions

    Scenario: Ada's program has worked
      Given Ada's program has read Ada's account
      When Ada lists her API keys
      Then Ada sees when the API key "Report" was last used
      And Ada sees the API key "Report" beside her sessions

  @local
  Rule: A user gets a mail about a new API key, and about its first use from a new network

    Scenario: Ada has created the API key
      When Ada lists her API keys
      Then Ada gets one mail about a new API key

    Scenario: The API key is used from another network
      When another person reads Ada's account with the API key "Report"
      Then Ada gets one mail about an API key in a new network

  Rule: A new password for a forgotten one revokes all API keys, a changed password keeps them

    @local
    Scenario: Ada resets the password by mail
      When Ada replaces her forgotten password
      Then Ada's API key "Report" does not work

    Scenario: Ada changes the password
      When Ada changes her password
      Then Ada's API key "Report" works
