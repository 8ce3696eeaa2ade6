@webhooks @since:0.2
Feature: Administer webhooks
  In order to let my applications follow what happens to users
  As an administrator
  I want to decide which events are sent where

  Background:
    Given Root is an administrator

  @W-02
  Rule: The secret of a webhook is shown once

    Scenario: Root creates a webhook
      When Root creates a webhook for the events "user.created user.deleted"
      Then Root sees the secret of the webhook
      And Root cannot see the secret again

    Scenario: Root rotates the secret
      Given Root has created a webhook for the events "user.created"
      When Root rotates the secret of the webhook
      Then Root sees another secret of the webhook
      And Root cannot see the secret again

  Rule: A webhook can be changed and deleted

    Scenario: Root chooses other events
      Given Root has created a webhook for the events "user.created"
      When Root lets the webhook receive the events "user.deleted user.purged"
      Then Root sees that the webhook receives the events "user.deleted user.purged"

    Scenario: Root deletes a webhook
      Given Root has created a webhook for the events "user.created"
      When Root deletes the webhook
      Then Root does not find the webhook in the list

    Scenario: The webhook does not exist
      When Root reads a webhook that does not exist
      Then Root sees the error "the webhook does not exist"
