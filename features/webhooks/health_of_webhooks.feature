@webhooks @since:0.2
Feature: See whether webhooks work
  In order to notice an application that misses events
  As an administrator
  I want to see in the list of webhooks which of them work

  Background:
    Given Root is an administrator
    And Grace has no account
    And the operator allows webhooks to the network of the Shop

  Rule: The last attempt shows whether a webhook works

    @local
    Scenario: The Shop has accepted the last event
      Given the Shop has a webhook for the events "user.created"
      And the Shop has accepted the event about Grace
      When Root lists the webhooks
      Then Root sees in the list that the webhook is "healthy", and that 0 deliveries wait

    @local
    Scenario: The Shop has rejected the last event
      Given the Shop has a webhook for the events "user.created"
      And the Shop has rejected the event about Grace
      When Root lists the webhooks
      Then Root sees in the list that the webhook is "failing", and that 1 delivery waits

    @local
    Scenario: Nothing has happened yet
      Given the Shop has a webhook for the events "user.created"
      When Root lists the webhooks
      Then Root sees in the list that the webhook is "untried", and that 0 deliveries wait

  Rule: A webhook to which nothing is sent now says so

    @local
    Scenario: The Shop has asked for an hour without events
      Given the Shop has a webhook for the events "user.created"
      And the Shop has asked for 1 hour without events
      When Root lists the webhooks
      Then Root sees in the list that the webhook is "paused", and that 1 delivery waits

    @local
    Scenario: Root has switched the webhook off
      Given the Shop has a webhook for the events "user.created"
      And Root has switched the webhook off
      When Root lists the webhooks
      Then Root sees in the list that the webhook is "disabled", and that 0 deliveries wait
