@webhooks @since:0.2 @A-08
Feature: Report the erasure of an account
  In order to erase what it stores about a person who has left, too
  As an application
  I want to learn of the erasure, and to get nothing more about the person

  Background:
    Given Root is an administrator
    And Ada has an account
    And the operator allows webhooks to the network of the Shop
    And the Shop has an ordered webhook with details for the events "user.suspended user.purged"
    And Root has suspended Ada because "a stolen laptop"

  Rule: What was not delivered before the erasure is delivered without details

    @local
    Scenario: The operator purges deleted users before the Shop has received an event
      Given Ada's account is deleted
      And 30 days have passed
      When the operator purges deleted users
      Then the Shop receives the events "user.suspended user.purged" about Ada in this order
      And the Shop sees nothing of "a stolen laptop"

  Rule: What was delivered is stored without details from then on

    @local
    Scenario: Root reads what the Shop has received before
      Given the Shop has received the event about Ada
      And Ada's account is deleted
      And 30 days have passed
      And the operator has purged deleted users
      And Root has logged in
      When Root reads the delivery
      Then Root sees that the Shop has accepted the event
      And Root sees nothing of "a stolen laptop"

    @local
    Scenario: Root delivers the event again
      Given the Shop has received the event about Ada
      And Ada's account is deleted
      And 30 days have passed
      And the operator has purged deleted users
      And Root has logged in
      When Root delivers the event again
      Then the Shop receives the events "user.suspended user.suspended user.purged" about Ada in this order
