@webhooks @since:0.2
Feature: Keep webhooks whose creator has left
  In order that an application misses no event when an administrator leaves
  As an operator
  I want webhooks to belong to the service, and not to a user

  Background:
    Given Root and Hedy are administrators
    And Grace has no account
    And the operator allows webhooks to the network of the Shop
    And Hedy has created a webhook of the Shop with details for the events "user.created"
    And Root has suspended Hedy

  Rule: A webhook goes on, with its details, when the user who created it has lost all permissions

    @local
    Scenario: Something happens after Hedy is suspended
      When Root creates an account for Grace
      Then the Shop receives the event "user.created" about Grace
      And the Shop sees that Root did it

  Rule: Administrators see who created a webhook

    @local
    Scenario: Root looks for the webhooks of Hedy
      When Root lists the webhooks
      Then Root sees in the list that Hedy created the webhook
