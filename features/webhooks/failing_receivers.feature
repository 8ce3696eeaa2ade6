@webhooks @since:0.2
Feature: Receivers that do not work
  In order that an application which does not work harms no other
  As an administrator
  I want Rollbook to stop sending events to a receiver that does not accept them

  Background:
    Given Root is an administrator
    And Grace has no account
    And the operator allows webhooks to the network of the Shop

  Rule: An event that is not accepted for 3 days is given up

    @local
    Scenario Outline: The Shop rejects the event again after <number> hours
      Given the Shop has a webhook for the events "user.created"
      And the Shop has rejected the event about Grace
      And <number> hours have passed
      And the Shop has rejected the event once more
      And Root has logged in
      When Root reads the delivery
      Then Root sees that the delivery <result>

      Examples:
        | number | result       |
        | 71     | waits        |
        | 73     | was given up |

  Rule: By default, a webhook that accepts nothing for 5 days is disabled

    @local
    Scenario Outline: The Shop rejects all events of <number> days
      Given the Shop has a webhook for the events "user.created"
      And the Shop has rejected all events of <number> days
      And Root has logged in
      When Root reads the webhook
      Then Root sees that the webhook is <result>

      Examples:
        | number | result   |
        | 4      | enabled  |
        | 5      | disabled |

  Rule: A receiver can say that it is gone, and its webhook is disabled at once

    @local
    Scenario: The Shop has given up its receiver
      Given the Shop has a webhook for the events "user.created"
      And the Shop has given up its receiver, and says so
      When Root creates an account for Grace
      Then Root sees that the webhook is disabled because its receiver is gone
      And Root finds in the audit log that the webhook was disabled

  Rule: A receiver that never responds delays no other receiver

    @local
    Scenario: Another application never responds
      Given the Shop has a webhook for the events "user.created"
      And another application never responds, although 10 events wait for its webhook
      When Root creates an account for Grace
      Then the Shop receives the event "user.created" while the other application has not responded
