@oauth @since:0.2
Feature: End the access of a program at once
  In order that a program which became dangerous can do nothing more
  As an administrator
  I want its access tokens to end before they expire

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"
    And the program "Nightly sync" has a client secret
    And the program "Nightly sync" has an access token

  @L-09
  Rule: What an access token rests on is checked at each request

    Scenario: The client secret is deleted
      Given the client secret of the program "Nightly sync" is deleted
      When the program "Nightly sync" lists users
      Then the program sees the error "a login is required"

    Scenario: The service account is suspended
      Given the service account of the program "Nightly sync" is suspended
      When the program "Nightly sync" lists users
      Then the program sees the error "a login is required"

  Rule: A program can revoke its own access token

    Scenario: The program needs the access token no more
      Given the program "Nightly sync" has revoked its access token
      When the program "Nightly sync" lists users
      Then the program sees the error "a login is required"
