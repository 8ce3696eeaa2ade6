@audit @since:0.1 @O-03
Feature: Search the audit log
  In order to find out who did what
  As an auditor
  I want to search the audit log

  Background:
    Given the role "auditor" has the permission "audit:read"
    And Alan has an account
    And Alan has the role "auditor"
    And Root and Hedy are administrators
    And Ada, Grace and Mallory have accounts

  @local
  Rule: The audit log shows who did what to which user, and when
    It records each login and failed login, each change of an account, a password, a role, a session or a signing key, each import and export, and denied requests. Events are never deleted.

    Scenario: Alan searches by the user who is affected
      Given Root suspended Ada yesterday
      And Root suspended Grace yesterday
      When Alan searches for events that affect Ada
      Then Alan sees exactly that Root suspended Ada yesterday

    Scenario: Alan searches by the user who acted
      Given Root suspended Ada yesterday
      And Hedy suspended Grace yesterday
      When Alan searches for events that Root caused
      Then Alan sees exactly that Root suspended Ada yesterday

    Scenario: Alan searches by time
      Given Root suspended Ada yesterday
      And Root suspended Grace today
      When Alan searches for suspensions of the last 12 hours
      Then Alan sees exactly that Root suspended Grace today

  @since:0.2
  Rule: The audit log shows with which API key something was done
    A program with an API key acts for its owner. The API key separates its events from those of the owner, also after the key was revoked.

    Scenario: Alan searches by the API key of a program
      Given Root has an API key with the permission "users:write"
      And Root's program has suspended Ada
      And Root has suspended Grace
      And Root has revoked the API key
      When Alan searches for events of the API key
      Then Alan sees exactly that Root's program suspended Ada

  Rule: A search of the audit log needs the permission "audit:read"

    Scenario: Mallory searches the audit log
      When Mallory searches for events that affect Ada
      Then Mallory sees the error "the permission is missing"
