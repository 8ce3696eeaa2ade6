@audit @since:0.1 @local @O-04
Feature: Detect changes of the audit log
  In order to trust the audit log
  As an auditor
  I want to detect changes by a person who controls the database

  Background:
    Given Root is an administrator
    And Ada, Grace and Hedy have accounts
    And Root suspended Ada yesterday
    And Root suspended Grace yesterday
    And Alan has sealed the audit log and stored the chain head elsewhere

  Rule: An unchanged audit log passes the verification

    Scenario: The audit log is unchanged
      When Alan verifies the audit log
      Then Alan sees no change
      And Alan sees that 0 events are not sealed yet

    Scenario: An event was added
      Given Root suspended Hedy today
      When Alan verifies the audit log
      Then Alan sees no change
      And Alan sees that 1 event is not sealed yet

  Rule: The verification reports each change of sealed events

    Scenario Outline: Mallory <changes>
      Given Mallory <changes>
      When Alan verifies the audit log
      Then Alan sees that <report>

      Examples:
        | changes                                       | report                      |
        | has replaced Root by Hedy in an event         | an event was changed        |
        | has deleted an event                          | an event is missing         |
        | has deleted the last event and its seal       | the end is missing          |
        | has replaced an event and sealed all of them  | the chain head is different |
