@oauth @since:0.2
Feature: Request an access token with a private key
  In order that the secret of a program never leaves the program
  As a developer
  I want my program to sign a statement with its private key instead of sending a secret

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"
    And the program "Nightly sync" has a private key

  Rule: A signed statement gets an access token

    Scenario: The program signs with its private key
      When the program "Nightly sync" signs a statement and requests an access token
      Then the program sees an access token for 15 minutes and for "users:read"

    Scenario: The program signs with another key
      Given the program "Nightly sync" has lost its private key and made another one
      When the program "Nightly sync" signs a statement and requests an access token
      Then the program sees the error "the client authentication failed"

  Rule: A signed statement works once

    Scenario: Mallory sends a statement that she has copied
      Given the program "Nightly sync" has requested an access token with a signed statement
      When Mallory sends the same statement
      Then the program sees the error "the client authentication failed"

  Rule: A signed statement works for at most 5 minutes

    Scenario Outline: The statement is to work for <number> minutes
      When the program "Nightly sync" requests an access token with a statement for <number> minutes
      Then the program sees <result>

      Examples:
        | number | result                                             |
        | 5      | no error                                     |
        | 6      | the error "the client authentication failed" |
