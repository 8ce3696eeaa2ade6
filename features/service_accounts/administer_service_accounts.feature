@service_accounts @since:0.2
Feature: Administer service accounts
  In order to know which programs have access, and to stop one that misbehaves
  As an administrator
  I want to find, change and suspend service accounts

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"

  Rule: Administrators find service accounts by their role

    Scenario: Root lists the service accounts with a role
      Given the service account "Backup" has the role "admin"
      When Root lists the service accounts with the role "support"
      Then Root sees exactly the service account "Nightly sync"

  Rule: A service account can be renamed

    Scenario: Root renames the service account
      When Root renames the service account "Nightly sync" to "CRM sync"
      Then Root sees the service account "CRM sync" with exactly the role "support"

  Rule: A suspended service account has no access until it is reactivated

    Scenario: Root suspends the service account
      Given the program "Nightly sync" has a client secret
      And the program "Nightly sync" has an access token
      And the program "Nightly sync" has an API key
      When Root suspends the service account "Nightly sync" because of "a leaked secret"
      Then Root sees that "Nightly sync" is suspended because of "a leaked secret"
      And the program "Nightly sync" cannot list users with its access token or its API key
      And the program "Nightly sync" gets no access token for its first client secret

    Scenario: Root reactivates the service account
      Given the program "Nightly sync" has a client secret
      And the program "Nightly sync" has an access token
      And the program "Nightly sync" has an API key
      And Root has suspended the service account "Nightly sync"
      When Root reactivates the service account "Nightly sync"
      Then Root sees that "Nightly sync" is active, without a reason
      And the program "Nightly sync" can list users with its access token and its API key
