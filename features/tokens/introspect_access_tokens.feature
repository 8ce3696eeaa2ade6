@tokens @since:0.1
Feature: Introspect access tokens
  In order to reject a token before it expires
  As the developer of the Shop, another service
  I want to ask Rollbook whether a token is still active

  Background:
    Given Ada has an account
    And the Shop has an account with the permission "tokens:introspect"

  Rule: A token is active while its session lasts

    Scenario: Ada is logged in
      When the Shop introspects Ada's token
      Then the Shop sees that Ada's token is active

    @L-09
    Scenario: Ada is suspended
      Given Root is an administrator
      And Root has suspended Ada
      When the Shop introspects Ada's token
      Then the Shop sees that the token is not active

  Rule: A text that is no token gets the same response as an expired token

    Scenario: The Shop introspects a text
      When the Shop introspects the text "let me in"
      Then the Shop sees that the token is not active
