@oauth @since:0.2
Feature: Request an access token with a private key
  In order that the secret of a program never leaves the program
  As a developer
  I want my program to sign an assertion with its private key instead of sending a secret

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"
    And the program "Nightly sync" has a private key

  Rule: An assertion gets an access token
    An assertion says which program sends it, to whom and until when. The program signs it with its private key; Rollbook has the public key.

    Scenario: The program signs with its private key
      When the program "Nightly sync" signs an assertion and requests an access token
      Then the program sees an access token for 15 minutes and for "users:read"

    Scenario: The program signs with another key
      Given the program "Nightly sync" has lost its private key and made another one
      When the program "Nightly sync" signs an assertion and requests an access token
      Then the program sees the error "the client authentication failed"

  Rule: An assertion works once

    Scenario: Mallory sends an assertion that she has copied
      Given the program "Nightly sync" has requested an access token with an assertion
      When Mallory sends the same assertion
      Then Mallory sees the error "the client authentication failed"

  Rule: An assertion works for at most 5 minutes

    Scenario Outline: The assertion is to work for <number> minutes
      When the program "Nightly sync" requests an access token with an assertion for <number> minutes
      Then the program sees <result>

      Examples:
        | number | result                                       |
        | 5      | no error                                     |
        | 6      | the error "the client authentication failed" |
