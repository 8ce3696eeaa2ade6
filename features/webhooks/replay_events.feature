@webhooks @since:0.2
Feature: Replay events
  In order to bring an application up to date
  As an administrator
  I want to send it the events of a time range

  Background:
    Given Root is an administrator
    And Grace has no account
    And Alan has no account
    And the operator allows webhooks to the network of the Shop

  Rule: A replay also has the events from before the webhook

    @local
    Scenario: Grace had an account before the Shop had a webhook
      Given Root has created an account for Grace
      And the Shop has a webhook for the events "user.created"
      When Root replays the events of the last hour
      Then the Shop receives the event "user.created" about Grace

  Rule: Nothing is replayed to a webhook that is switched off

    @local
    Scenario: Root replays while the webhook is switched off
      Given the Shop has a webhook for the events "user.created"
      And Root has switched the webhook off
      When Root replays the events of the last hour
      Then Root sees the error "the webhook is disabled"

  Rule: A replay can be limited to events that were given up

    @local
    Scenario: The Shop has accepted one event, and another was given up
      Given the Shop has a webhook for the events "user.created"
      And the Shop has accepted the event about Grace
      And the event about Alan was given up
      And Root has logged in
      When Root replays the events of the last week that were given up
      Then the Shop receives only the event about Alan again

  Rule: A replay has at most 10,000 events

    @local
    Scenario: The time range has one event more
      Given the Shop has a webhook for the events "user.created"
      And 10001 accounts were created within the last hour
      When Root replays the events of the last hour
      Then Root sees the error "the range has too many events"
