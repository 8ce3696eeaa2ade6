@oauth @since:0.2 @local
Feature: Request an access token for another service
  In order that a service which receives an access token cannot send it on to Rollbook
  As the operator
  I want programs to request access tokens for one service

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"
    And the program "Nightly sync" has a client secret
    And the operator has listed the service "https://shop.example"

  Rule: An access token for another service is not accepted by Rollbook

    Scenario: The program requests an access token for the Shop
      When the program "Nightly sync" requests an access token for the service "https://shop.example"
      Then the program sees an access token for 15 minutes and for "users:read"
      And with the access token the program cannot list users

  Rule: Only services that the operator has listed are possible

    Scenario: The program requests an access token for an unknown service
      When the program "Nightly sync" requests an access token for the service "https://evil.example"
      Then the program sees the error "the operator has not listed the service"
