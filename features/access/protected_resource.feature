@access @since:0.1 @E-03
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

    @local
    Scenario Outline: The access token <is invalid>
      Given Ada's access token <is invalid>
      When Ada reads the protected greeting
      Then Ada sees the error "a login is required"

      Examples:
        | is invalid                     |
        | expired after 15 minutes       |
        | has a damaged signature        |
        | is signed with another key     |
        | is issued for another audience |

  @L-09
  Rule: An access token is rejected as soon as the user is suspended or deleted

    Scenario: Ada is suspended
      Given Root is an administrator
      And Root has suspended Ada
      When Ada reads the protected greeting
      Then Ada sees the error "a login is required"

    Scenario: Ada's account is deleted
      Given Ada's account is deleted
      When Ada reads the protected greeting
      Then Ada sees the error "a login is required"
