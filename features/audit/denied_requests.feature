@audit @since:0.1 @A-03
Feature: Search denied requests
  In order to notice users who try what they are not permitted to do
  As an auditor
  I want to find denied requests in the audit log, without being flooded by them

  Background:
    Given the role "auditor" has the permission "audit:read"
    And Alan has an account
    And Alan has the role "auditor"
    And Ada and Mallory have accounts

  Rule: The audit log shows who was denied a request, and which permission was missing

    Scenario: Mallory tries to delete an account
      Given Mallory has tried to delete Ada's account
      When Alan searches for Mallory's denied requests
      Then Alan sees exactly that Mallory lacked the permission "users:write"

  Rule: Denied requests of the same kind are one event per minute, and the next event says how many were not listed

    Scenario: Mallory tries it 4 times in one minute
      Given Mallory has tried to delete Ada's account 4 times
      When Alan searches for Mallory's denied requests
      Then Alan sees exactly that Mallory lacked the permission "users:write"

    @local
    Scenario: Mallory tries it again after a minute
      Given Mallory has tried to delete Ada's account 4 times
      And 1 minute has passed
      And Mallory has tried to delete Ada's account
      When Alan searches for Mallory's denied requests
      Then Alan sees 2 events of Mallory, and the last says that 3 requests before it were not listed
