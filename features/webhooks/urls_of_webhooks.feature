@webhooks @since:0.2
Feature: Send events to the right places only
  In order to keep attackers away from my network
  As an operator
  I want to decide which networks webhooks reach

  Background:
    Given Root is an administrator

  @W-01
  Rule: A webhook reaches public addresses only, and encrypted

    Scenario Outline: Root enters a URL that is not permitted, because it <reason>
      When Root creates a webhook to "<url>"
      Then Root sees the error "the URL is not permitted"

      Examples:
        | url                               | reason                           |
        | http://shop.example/              | is not encrypted                 |
        | https://127.0.0.1/                | leads to the machine of Rollbook |
        | https://169.254.169.254/          | leads to the metadata of a cloud |
        | https://2130706433/               | hides an IP address in a number  |
        | https://user:secret@shop.example/ | has a password                   |
        | https://shop.example:22/          | has a port of another service    |
        | https://shop.example./            | has a name that ends with a dot  |

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
