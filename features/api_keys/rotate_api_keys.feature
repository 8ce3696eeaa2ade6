@api_keys @since:0.2 @K-04
Feature: Rotate and revoke an API key
  In order that an API key in the wrong hands is worth nothing
  As a user
  I want to rotate my API keys without an interruption, and to revoke each of them

  Background:
    Given Ada has an account
    And Ada has the API key "Report"

  Rule: The former API key works for a day, so that the program can be given the new one

    Scenario: Ada rotates the API key
      When Ada rotates the API key "Report"
      Then Ada's former and new API keys work

    @local
    Scenario: A day has passed
      Given Ada has rotated the API key "Report"
      And 25 hours have passed
      When Ada's program reads Ada's account with the former API key
      Then Ada's program sees the error "a login is required"

  Rule: An API key is rotated once

    Scenario: Ada rotates the former API key again
      Given Ada has rotated the API key "Report"
      When Ada rotates the API key "Report"
      Then Ada sees the error "the API key has a successor"

  Rule: A revoked API key does not work any more

    Scenario: Ada revokes the API key
      When Ada revokes the API key "Report"
      Then Ada's API key "Report" does not work

  @K-02
  Rule: A user sees and revokes no API key of another user

    Scenario: Mallory knows the id of Ada's API key
      Given Mallory has an account
      When Mallory revokes Ada's API key "Report"
      Then Mallory sees the error "the API key does not exist"
      And Ada's API key "Report" works
