@api_keys @since:0.2
Feature: API keys of service accounts
  In order that a program of the company does not depend on the account of a person
  As an administrator
  I want to give API keys to service accounts

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"

  Rule: A program may do what both the API key and the service account may do

    Scenario: Root gives a service account an API key
      When Root creates an API key for "Nightly sync" with the permission "users:read"
      Then the program can list users

    Scenario: Root gives an API key a permission that the service account does not have
      Given Root has created an API key for "Nightly sync" with the permission "roles:read"
      When the program lists the roles with its API key
      Then the program sees the error "the permission is missing"

    Scenario: The service account is suspended
      Given Root has created an API key for "Nightly sync"
      And Root has suspended the service account of the API key
      When the program lists the users with its API key
      Then the program sees the error "a login is required"

  @K-04
  Rule: An API key of a service account need not expire, that of a user has to

    @local
    Scenario: Two years have passed
      Given Root has created an API key for "Nightly sync" that never expires
      And 731 days have passed
      When the program lists the users with its API key
      Then the program sees no error

    Scenario: Ada wants an API key that never expires
      Given Ada has an account
      When Ada creates an API key that never expires
      Then Ada sees the error "the expiry is missing"
