@access @since:0.1 @L-09
Feature: Lock out a user at once
  In order to lock out a user at once
  As an administrator
  I want Rollbook to reject access tokens before they expire

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: Rollbook rejects an access token as soon as the user is suspended or deleted
    Another service notices it when it introspects the token. With the published keys alone it accepts the token until it expires, for up to 15 minutes.

    Scenario: Ada is suspended
      Given Root has suspended Ada
      When Ada reads the protected greeting
      Then Ada sees the error "a login is required"

    Scenario: Ada's account is deleted
      Given Ada's account is deleted
      When Ada reads the protected greeting
      Then Ada sees the error "a login is required"
