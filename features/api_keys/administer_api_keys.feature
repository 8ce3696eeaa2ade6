@api_keys @since:0.2
Feature: Administer API keys
  In order to stop a program that does harm
  As an administrator
  I want to see and revoke the API keys of users and of service accounts

  Background:
    Given Root is an administrator

  Rule: An administrator sees and revokes the API keys of a user

    Scenario: Root revokes Ada's API key
      Given Ada has an account
      And Ada has the API key "Report"
      When Root revokes Ada's API key "Report"
      Then Root sees no API key of Ada
      And Ada's API key "Report" does not work

    @A-03
    Scenario: Hedy may see API keys only
      Given Ada has an account
      And Ada has the API key "Report"
      And Hedy has an account with the permission "api_keys:read"
      When Hedy revokes Ada's API key "Report"
      Then Hedy sees the error "the permission is missing"
      And Hedy sees the API key "Report" of Ada

  Rule: An administrator rotates and revokes the API keys of a service account

    Scenario: Root rotates the API key of a service account
      Given the role "support" has the permission "users:read"
      And the service account "Nightly sync" has the role "support"
      And Root has created an API key for "Nightly sync"
      When Root rotates the API key of "Nightly sync"
      Then the program can list users with the former and the new API key

    Scenario: Root revokes the API key of a service account
      Given the role "support" has the permission "users:read"
      And the service account "Nightly sync" has the role "support"
      And Root has created an API key for "Nightly sync"
      When Root revokes the API key of "Nightly sync"
      Then "Nightly sync" has no API key
      And the program cannot list users
