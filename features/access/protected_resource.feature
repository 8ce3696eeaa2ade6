@access @since:0.1 @A-01
Feature: Read a protected resource
  In order that only authenticated users read what is protected
  As a user
  I want my access token to be accepted, and all other tokens to be rejected

  Background:
    Given Ada has an account

  Rule: A protected resource needs a valid access token

    Scenario: Ada is logged in
      When Ada reads the protected greeting
      Then Ada sees a greeting with her username

    Scenario: Ada is not logged in
      Given Ada is not logged in
      When Ada reads the protected greeting
      Then Ada sees the error "a login is required"

    Scenario: The signature is damaged
      Given Ada's access token has a damaged signature
      When Ada reads the protected greeting
      Then Ada sees the error "a login is required"

    @local
    Scenario Outline: The access token <is invalid>
      Given Ada's access token <is invalid>
      When Ada reads the protected greeting
      Then Ada sees the error "a login is required"

      Examples:
        | is invalid                     |
        | expired after 15 minutes       |
        | is signed with another key     |
        | is meant for another service   |
