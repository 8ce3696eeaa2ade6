@webhooks @since:0.2
Feature: Receive events
  In order to do what follows when a user comes or goes
  As an application
  I want to receive the events of Rollbook

  Background:
    Given Root is an administrator
    And Grace has no account
    And the operator allows webhooks to the network of the Shop

  Rule: An event is delivered once it has happened

    @local @W-02
    Scenario: Root creates an account
      Given the Shop has a webhook for the events "user.created"
      When Root creates an account for Grace
      Then the Shop receives the event "user.created" about Grace
      And the Shop recognises the signature of Rollbook

    @local
    Scenario: The Shop has chosen other events
      Given the Shop has a webhook for the events "user.deleted"
      When Root creates an account for Grace
      Then the Shop receives no event

  Rule: An event has ids alone, unless the webhook is to receive the details, too

    @local
    Scenario: The Shop receives ids
      Given the Shop has a webhook for the events "user.created"
      When Root creates an account for Grace
      Then the Shop receives the event "user.created" about Grace
      And the Shop sees neither who did it nor the e-mail address of Grace

    @local
    Scenario: The Shop receives the details
      Given the Shop has a webhook with details for the events "user.created"
      When Root creates an account for Grace
      Then the Shop receives the event "user.created" about Grace
      And the Shop sees that Root did it

  Rule: An event is delivered again until it is accepted

    @local
    Scenario: The Shop rejects the event the first time
      Given the Shop has a webhook for the events "user.created"
      And the Shop rejects the next event
      When Root creates an account for Grace
      Then the Shop receives the event "user.created" about Grace twice, with one id
