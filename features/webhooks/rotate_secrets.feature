@webhooks @since:0.2 @W-02
Feature: Rotate the secret of a webhook
  In order that the Shop can change to a new secret without an interruption
  As an administrator
  I want the former secret to sign beside the new one for a time

  Background:
    Given Root is an administrator
    And Grace has no account
    And the operator allows webhooks to the network of the Shop

  Rule: Unless the administrator chooses another time, both secrets sign for 24 hours

    @local
    Scenario: A day has not passed
      Given the Shop has a webhook for the events "user.created"
      And Root has rotated the secret of the webhook
      And 23 hours have passed
      And Root has logged in
      When Root creates an account for Grace
      Then the Shop receives the event "user.created" about Grace
      And the Shop recognises the signatures of the new and of the former secret

    @local
    Scenario: A day has passed
      Given the Shop has a webhook for the events "user.created"
      And Root has rotated the secret of the webhook
      And 25 hours have passed
      And Root has logged in
      When Root creates an account for Grace
      Then the Shop receives the event "user.created" about Grace
      And the Shop recognises the signature of the new secret, and there is no other
