@audit @since:0.1 @O-03
Feature: Read an event of the audit log
  In order to show others what happened
  As an auditor
  I want to read a single event under its id

  Background:
    Given the role "auditor" has the permission "audit:read"
    And Alan has an account
    And Alan has the role "auditor"
    And Root is an administrator
    And Ada has an account

  Rule: An event stays readable under its id

    Scenario: Alan reads an event that he has found
      Given Root has suspended Ada
      And Alan has found the event of it
      When Alan reads the event
      Then Alan sees in the event that Root suspended Ada today

    Scenario: The event does not exist
      When Alan reads an event that does not exist
      Then Alan sees the error "the event does not exist"

  Rule: An event needs the permission "audit:read"

    Scenario: Grace reads the event
      Given Grace has an account
      And Root has suspended Ada
      And Alan has found the event of it
      When Grace reads the event
      Then Grace sees the error "the permission is missing"
