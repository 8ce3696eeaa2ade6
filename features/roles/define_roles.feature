Feature: Defining roles
  In order that people can do their work, and no more than that
  As an administrator
  I want to define roles, and to say who holds them

  Background:
    Given Root is an administrator
    And Ada has an account
    And there is a role "support" that allows "users:read"

  Scenario: Letting somebody do their work
    When Root grants Ada the role "support"
    Then Ada may look at everybody's accounts

  Scenario: Taking a role away
    Given Ada holds the role "support"
    When Root withdraws the role "support" from Ada
    Then Ada may no longer look at everybody's accounts

  Scenario: Changing what a role allows
    Given Ada holds the role "support"
    When Root changes the role "support" to allow nothing
    Then Ada may no longer look at everybody's accounts

  Scenario: Deleting a role that nobody needs
    When Root deletes the role "support"
    Then there is no role "support" any more

  Scenario: Deleting a role that somebody holds
    Given Ada holds the role "support"
    When Root deletes the role "support"
    Then Root is told that somebody holds this role

  Scenario Outline: The role "<role>" stays
    When Root deletes the role "<role>"
    Then Root is told that this role is built in

    Examples:
      | role  |
      | admin |
      | user  |

  Scenario: Letting everybody do something
    When Root changes the role "user" to allow "users:read"
    Then Ada may look at everybody's accounts

  Rule: Nobody grants what they do not hold

    Background:
      Given there is a role "personnel" that allows "roles:read roles:write users:read users:write"
      And Ada holds the role "personnel"
      And Grace has an account
      And there is a role "auditor" that allows "audit:read"

    Scenario: Granting what one holds
      When Ada grants Grace the role "support"
      Then Grace may look at everybody's accounts

    Scenario Outline: Ada <does>
      When Ada <does>
      Then she is told that she may not do this
      And she is told that she lacks "audit:read"

      Examples:
        | does                                                    |
        | grants Ada the role "admin"                             |
        | grants Grace the role "auditor"                         |
        | withdraws the role "admin" from Root                    |
        | changes the role "auditor" to allow nothing             |
        | changes the role "support" to allow "audit:read"        |
        | defines a role "friends" that allows "audit:read"       |
        | deletes the role "auditor"                              |
        | suspends Root                                           |
        | deletes Root's account                                  |
        | changes Root's address to "ada@example.net"             |
