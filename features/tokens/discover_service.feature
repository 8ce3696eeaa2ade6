@tokens @since:0.2 @case-B-33
Feature: Discover the service
  In order to protect a service with a gateway that knows nothing but the name of the issuer
  As the developer of the Shop, another service
  I want Rollbook to publish where its keys are and how it signs

  @local
  Rule: A gateway finds the keys from the name of the issuer, as OAuth 2.0 or OpenID Connect looks for them

    Scenario Outline: The Shop's gateway speaks <standard>
      Given Rollbook signs access tokens with its own keys
      And Ada has an account
      When the Shop reads the metadata for <standard>
      Then the Shop sees where the keys are, and that tokens are signed with ES256
      And the Shop can verify Ada's token with these keys

      Examples:
        | standard       |
        | OAuth 2.0      |
        | OpenID Connect |

  Rule: A client that knows only the URL of Rollbook finds out whose access tokens it accepts

    Scenario: The Shop's gateway begins with the URL of Rollbook
      When the Shop reads the metadata for protected resources
      Then the Shop sees that Rollbook accepts its own access tokens, and how to send them
