@service_accounts @since:0.2
Feature: Create service accounts
  In order that a program can work without the password of a person
  As an administrator
  I want to create an account for each program, with the roles that it needs

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"

  Rule: A service account has the roles that it is given, and not the role of users

    Scenario: Root creates a service account
      When Root creates the service account "Nightly sync" with the role "support"
      Then Root sees the service account "Nightly sync" with exactly the role "support"

    Scenario: Root gives the role of users
      When Root creates the service account "Nightly sync" with the role "user"
      Then Root sees the error "the role is built in"
      And Root finds no service account "Nightly sync"

    Scenario: Root gives a role that does not exist
      When Root creates the service account "Nightly sync" with the role "unknown"
      Then Root sees the error "there is no role of this name"
      And Root finds no service account "Nightly sync"

  Rule: No two service accounts have the same name

    Scenario: The name is taken
      Given the service account "Nightly sync" has the role "support"
      When Root creates the service account "Nightly sync" with the role "admin"
      Then Root sees the error "the name belongs to another service account"
      And Root sees the service account "Nightly sync" with exactly the role "support"
