@service_accounts @since:0.2
Feature: Administer service accounts
  In order to know which programs have access, and to stop one that misbehaves
  As an administrator
  I want to find, change, suspend and delete service accounts

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"

  Rule: Administrators find service accounts by their role

    Scenario: Root lists the service accounts with a role
      Given the service account "Backup" has the role "admin"
      When Root lists the service accounts with the role "support"
      Then Root sees exactly the service account "Nightly sync"

  Rule: A service account can be renamed, suspended and reactivated

    Scenario: Root renames the service account
      When Root renames the service account "Nightly sync" to "CRM sync"
      Then Root sees the service account "CRM sync" with exactly the role "support"

    Scenario: Root suspends the service account
      When Root suspends the service account "Nightly sync" because of "a leaked secret"
      Then Root sees that "Nightly sync" is suspended because of "a leaked secret"

    Scenario: Root reactivates the service account
      Given Root has suspended the service account "Nightly sync"
      When Root reactivates the service account "Nightly sync"
      Then Root sees that "Nightly sync" is active, without a reason

  Rule: A deleted service account is gone for good

    Scenario: Root deletes the service account
      When Root deletes the service account "Nightly sync"
      Then Root cannot find the service account "Nightly sync"
