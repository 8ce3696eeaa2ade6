@oauth @since:0.2
Feature: End the access of a program at once
  In order that a program which became dangerous can do nothing more
  As an administrator
  I want its access tokens to lose their effect before they expire

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"

  @L-09
  Rule: An access token works only while its client secret and its service account do

    Scenario: The client secret is deleted
      Given the program "Nightly sync" has a client secret
      And the program "Nightly sync" has an access token
      And the client secret of the program "Nightly sync" is deleted
      When the program "Nightly sync" lists users
      Then the program sees the error "a login is required"

    @local
    Scenario: The client secret has expired
      Given the program "Nightly sync" has a client secret for 10 minutes
      And the program "Nightly sync" has an access token
      And 11 minutes have passed
      When the program "Nightly sync" lists users
      Then the program sees the error "a login is required"

    Scenario: The service account is suspended
      Given the program "Nightly sync" has a client secret
      And the program "Nightly sync" has an access token
      And the service account of the program "Nightly sync" is suspended
      When the program "Nightly sync" lists users
      Then the program sees the error "a login is required"

    Scenario: The service account is deleted
      Given the program "Nightly sync" has a client secret
      And the program "Nightly sync" has an access token
      And Root has deleted the service account of the program "Nightly sync"
      When the program "Nightly sync" lists users
      Then the program sees the error "a login is required"

  Rule: An access token has no permission that the service account has lost

    Scenario: The role is removed
      Given the program "Nightly sync" has a client secret
      And the program "Nightly sync" has an access token
      And Root has removed the role "support" from the program "Nightly sync"
      When the program "Nightly sync" lists users
      Then the program sees the error "the permission is missing"
