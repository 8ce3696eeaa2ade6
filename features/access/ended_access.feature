@access @since:0.1 @L-09
Feature: End of the access
  In order to lock out a user at once
  As an administrator
  I want access tokens to be rejected before they expire

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: An access token is rejected as soon as the user is suspended or deleted

    Scenario: Ada is suspended
      Given Root has suspended Ada
      When Ada reads the protected greeting
      Then Ada sees the error "a login is required"

    Scenario: Ada's account is deleted
      Given Ada's account is deleted
      When Ada reads the protected greeting
      Then Ada sees the error "a login is required"
