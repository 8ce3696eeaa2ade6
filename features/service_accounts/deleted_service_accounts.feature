@service_accounts @since:0.2
Feature: Delete service accounts
  In order that a program that is no longer used leaves nothing that still works
  As an administrator
  I want to delete its service account for good

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"

  Rule: A deleted service account is gone for good, and its client secrets, access tokens and API keys end

    Scenario: Root deletes the service account
      Given the program "Nightly sync" has a client secret
      And the program "Nightly sync" has an access token
      And the program "Nightly sync" has an API key
      When Root deletes the service account "Nightly sync"
      Then Root cannot find the service account "Nightly sync"
      And the program "Nightly sync" cannot list users with its access token or its API key
      And the program "Nightly sync" gets no access token for its first client secret

  Rule: No account gets the id of a deleted service account, since logs and tokens have it

    Scenario: Root imports Grace with this id
      Given Grace has no account
      And Root has deleted the service account "Nightly sync"
      When Root imports Grace with the id of the service account "Nightly sync"
      Then Root sees that the id is taken
