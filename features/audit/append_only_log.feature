@audit @since:0.1 @O-04 @local
Feature: Append-only audit log
  In order to trust the audit log although an attacker controls a process of the service
  As an auditor
  I want the database itself to reject changes of events

  Rule: The database rejects a change and a deletion of an event

    Scenario Outline: Mallory <acts> the event of a suspension
      Given Root is an administrator
      And Ada has an account
      And Root has suspended Ada
      When Mallory <acts> the event as the service accesses the database
      Then Mallory sees that the database only permits new events

      Examples:
        | acts    |
        | changes |
        | deletes |
