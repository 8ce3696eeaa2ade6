@tokens @since:0.1
Feature: Revoke access tokens
  In order that a token which was found in the wrong place does no harm
  As the developer of the Shop, another service
  I want to end the session of a token

  Background:
    Given Ada has an account

  Rule: The revocation of a token ends its session

    Scenario: The Shop revokes a token of Ada
      Given the Shop has an account with the permission "tokens:revoke"
      When the Shop revokes Ada's token
      Then Ada's session has ended
      And Ada can log in

    Scenario: Ada has another session
      Given the Shop has an account with the permission "tokens:revoke"
      And Ada has logged in on another device
      When the Shop revokes Ada's token
      Then the session on the other device continues

  @A-03
  Rule: The revocation of a token needs the permission "tokens:revoke"

    Scenario: The Shop may only introspect tokens
      Given the Shop has an account with the permission "tokens:introspect"
      When the Shop revokes Ada's token
      Then the Shop sees the error "the permission is missing"
      And Ada's session continues
