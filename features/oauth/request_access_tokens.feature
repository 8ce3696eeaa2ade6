@oauth @since:0.2
Feature: Request an access token with a client secret
  In order that a program can use Rollbook as any program of OAuth 2.0 does
  As a developer
  I want my program to get an access token for its client secret

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"
    And the program "Nightly sync" has a client secret

  Rule: The client secret gets an access token, for 15 minutes

    Scenario: The program sends its client secret
      When the program "Nightly sync" requests an access token
      Then the program sees an access token for 15 minutes and for "users:read"
      And with the access token the program can list users

  Rule: An access token carries only permissions that the service account has

    Scenario: The program requests a permission that it has
      When the program "Nightly sync" requests an access token for "users:read"
      Then the program sees an access token for 15 minutes and for "users:read"

    Scenario: The program requests a permission that it does not have
      When the program "Nightly sync" requests an access token for "users:write"
      Then the program sees the error "the service account lacks a requested permission"

  Rule: Every failed authentication gets the same response

    Scenario: The program sends a wrong client secret
      When the program "Nightly sync" sends a wrong client secret
      Then the program sees the error "the client authentication failed"

    Scenario: The service account is suspended
      Given the service account of the program "Nightly sync" is suspended
      When the program "Nightly sync" requests an access token
      Then the program sees the error "the client authentication failed"
