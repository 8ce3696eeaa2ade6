@audit @since:0.1 @O-04 @local
Feature: Append-only audit log
  In order to trust the audit log although an attacker controls a process of the service
  As an auditor
  I want the database itself to reject changes of events

  Rule: The database rejects a change of an event

    Scenario: Mallory hides a suspension
      Given Root is an administrator
      And Ada has an account
      And Root has suspended Ada
      When Mallory changes an event as the service accesses the database
      Then Mallory sees that the database rejects the change
