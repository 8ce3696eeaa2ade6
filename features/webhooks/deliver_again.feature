@webhooks @since:0.2
Feature: Deliver an event again
  In order to repair what an application has missed
  As an administrator
  I want to see what became of an event, and to deliver it again

  Background:
    Given Root is an administrator
    And Grace has no account
    And Alan has no account
    And the operator allows webhooks to the network of the Shop

  Rule: Administrators see why an event was not accepted

    @local
    Scenario: The Shop rejects an event
      Given the Shop has a webhook for the events "user.created"
      And the Shop has rejected the event about Grace
      When Root reads the delivery
      Then Root sees that the Shop has responded with the error "503"

    @local
    Scenario: Root looks for the events that the Shop has not accepted yet
      Given the Shop has a webhook for the events "user.created"
      And the Shop has accepted the event about Alan
      And the Shop has rejected the event about Grace
      When Root lists the deliveries that wait
      Then Root sees the delivery of the event about Grace in the list

  Rule: A delivery that is asked for again keeps its id

    @local
    Scenario: The Shop has accepted the event, and has lost it
      Given the Shop has a webhook for the events "user.created"
      And the Shop has accepted the event about Grace
      When Root delivers the event again
      Then the Shop receives the event "user.created" about Grace twice, with one id

    @local
    Scenario: The delivery does not exist
      Given Root has created a webhook for the events "user.created"
      When Root delivers an event again that does not exist
      Then Root sees the error "the delivery does not exist"

  Rule: A test shows whether a receiver works

    @local
    Scenario: Root sends a test
      Given the Shop has a webhook for the events "user.created"
      When Root sends a test to the webhook
      Then the Shop receives a test
