@oauth @since:0.2
Feature: Ask about tokens with a client secret
  In order to use a ready-made library in my service
  As the developer of the Shop, another service
  I want the Shop to ask about tokens with its client secret

  Background:
    Given Root is an administrator
    And Ada has an account
    And the role "gateway" has the permission "tokens:introspect"
    And the role "support" has the permission "users:read"
    And the service account "Shop" has the role "gateway"
    And the service account "Nightly sync" has the role "support"
    And the program "Shop" has a client secret
    And the program "Nightly sync" has a client secret
    And the program "Nightly sync" has an access token

  Rule: A service with the permission asks about every token

    Scenario: The Shop asks about the access token of a program
      When the program "Shop" asks about the access token of "Nightly sync"
      Then the program sees that the access token belongs to "Nightly sync"

    Scenario: The Shop asks about Ada's access token
      When the program "Shop" asks about Ada's access token
      Then the program sees that the access token belongs to Ada

  Rule: Other programs ask only about their own tokens

    Scenario: The program asks about its own access token
      When the program "Nightly sync" asks about the access token of "Nightly sync"
      Then the program sees that the access token belongs to "Nightly sync"

    Scenario: The program asks about Ada's access token
      When the program "Nightly sync" asks about Ada's access token
      Then the program sees that the access token is not valid
