@webhooks @since:0.2
Feature: Switch a webhook off
  In order to work on an application without losing control of what it receives
  As an administrator
  I want to switch its webhook off, and on again

  Background:
    Given Root is an administrator
    And Grace has no account
    And the operator allows webhooks to the network of the Shop
    And the Shop has a webhook for the events "user.created"

  Rule: A webhook that is switched off receives nothing

    @local
    Scenario: Something happens
      Given Root has switched the webhook off
      When Root creates an account for Grace
      Then the Shop receives no event

    @local
    Scenario: An event waits for its next attempt
      Given the Shop has rejected the event about Grace
      When Root switches the webhook off
      Then the Shop does not receive the event again

  Rule: A webhook that is switched on receives what waited before, but not what happened in between

    @local
    Scenario: An event has waited
      Given the Shop has rejected the event about Grace
      And Root has switched the webhook off
      When Root switches the webhook on
      Then the Shop receives the event "user.created" about Grace twice, with one id

    @local
    Scenario: Something has happened in between
      Given Root has switched the webhook off
      And Root has created an account for Grace
      When Root switches the webhook on
      Then the Shop receives no event
