@webhooks @since:0.2
Feature: Permissions for webhooks
  In order to reveal events only to those who may see them
  As an operator
  I want webhooks to need permissions

  Background:
    Given Root is an administrator

  Rule: To see webhooks needs the permission "webhooks:read"

    Scenario: Ada has no permission
      Given Ada has an account
      When Ada lists the webhooks
      Then Ada sees the error "the permission is missing"

  Rule: To change webhooks needs the permission "webhooks:write"

    Scenario: Hedy may only read
      Given Hedy has an account with the permission "webhooks:read"
      When Hedy creates a webhook for the events "user.created"
      Then Hedy sees the error "the permission is missing"

  Rule: Details of events need the permission "audit:read", too

    Scenario: Hedy wants the details
      Given Hedy has an account with the permission "webhooks:write"
      When Hedy creates a webhook with details for the events "user.created"
      Then Hedy sees the error "the permission is missing"

    Scenario: Hedy sends the details elsewhere
      Given Hedy has an account with the permission "webhooks:write"
      And Root has created a webhook with details for the events "user.created"
      When Hedy changes the URL of the webhook
      Then Hedy sees the error "the permission is missing"

    Scenario: Hedy sends details elsewhere that are stored
      Given Hedy has an account with the permission "webhooks:write"
      And Root has created a webhook with details for the events "user.created"
      And Root has changed the webhook so that it receives ids alone
      When Hedy changes the URL of the webhook
      Then Hedy sees the error "the permission is missing"
