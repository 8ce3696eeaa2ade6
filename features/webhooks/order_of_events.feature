@webhooks @since:0.2
Feature: Receive events in order
  In order that an application does not suspend a user before it knows the user
  As an administrator
  I want events about an account to be delivered one after the other

  Background:
    Given Root is an administrator
    And Grace has no account
    And the operator allows webhooks to the network of the Shop

  Rule: With an ordered webhook, an event waits until the earlier events about the account are accepted

    @local
    Scenario: The Shop rejects the first event once
      Given the Shop has an ordered webhook for the events "user.created user.suspended"
      And the Shop rejects the next event
      And Root has created an account for Grace
      When Root suspends Grace
      Then the Shop receives the events "user.created user.created user.suspended" about Grace in this order

  Rule: Otherwise an event waits for no other

    @local
    Scenario: The Shop rejects the first event once, and its webhook is not ordered
      Given the Shop has a webhook for the events "user.created user.suspended"
      And the Shop rejects the next event
      And Root has created an account for Grace
      When Root suspends Grace
      Then the Shop receives the events "user.created user.suspended user.created" about Grace in this order
