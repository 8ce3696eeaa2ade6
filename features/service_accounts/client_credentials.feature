@service_accounts @since:0.2
Feature: Give a program a client credential
  In order that a program can prove who it is
  As an administrator
  I want to give its service account a client secret or a public key

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"

  @K-01
  Rule: A client secret is shown once

    Scenario: Root creates a client secret
      When Root creates a client secret for "Nightly sync"
      Then Root sees the client secret
      And later Root sees only the last 4 characters of it

  Rule: With a public key, the program keeps the private key

    Scenario: Root stores a public key
      When Root stores a public key for "Nightly sync"
      Then Root sees the public key of "Nightly sync", and no secret

    Scenario: Root sends the private key by mistake
      When Root stores a private key for "Nightly sync"
      Then Root sees the error "the key is not an accepted public key"

  @K-03 @local
  Rule: An administrator confirms the password first, if that was more than 10 minutes ago

    Scenario Outline: <number> minutes have passed since the login
      Given <number> minutes have passed
      When Root creates a client secret for "Nightly sync"
      Then Root sees <result>

      Examples:
        | number | result                                      |
        | 9      | no error                                    |
        | 11     | the error "the password must be confirmed"  |

  Rule: A service account has at most 10 client credentials

    Scenario Outline: The service account has <number> client secrets
      Given "Nightly sync" has <number> client secrets
      When Root creates a client secret for "Nightly sync"
      Then Root sees <result>

      Examples:
        | number | result                                                          |
        | 9      | no error                                                        |
        | 10     | the error "the service account has too many client credentials" |
