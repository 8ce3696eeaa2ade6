@webhooks @since:0.2
Feature: Send events to the right places only
  In order to keep attackers away from my network
  As an operator
  I want to decide which networks webhooks reach

  Background:
    Given Root is an administrator

  @W-01
  Rule: A webhook reaches public addresses only, and encrypted

    Scenario Outline: Root enters a URL that is not permitted
      When Root creates a webhook to "<url>"
      Then Root sees the error "the URL is not permitted"

      Examples:
        | url                                |
        | http://shop.example/               |
        | https://127.0.0.1/                 |
        | https://169.254.169.254/           |
        | https://2130706433/                |
        | https://user:secret@shop.example/  |
        | https://shop.example:22/           |
        | https://shop.example./             |

  @W-01
  Rule: The operator can allow a network

    @local
    Scenario: The application is in the network of the operator
      Given the operator allows webhooks to the network "10.20.0.0/16"
      When Root creates a webhook to "http://10.20.0.7/"
      Then Root sees the secret of the webhook

  Rule: There are at most 100 webhooks

    @local
    Scenario: Root creates one webhook more
      Given there are 100 webhooks
      When Root creates a webhook for the events "user.created"
      Then Root sees the error "the service has too many webhooks"
