@users @since:0.1
Feature: Restore deleted users
  In order that a deletion by mistake does no harm
  As an administrator
  I want to restore deleted accounts

  Background:
    Given Root is an administrator
    And Ada and Grace have accounts

  Rule: A deleted account can be restored until the operator purges it, which is possible after 30 days by default

    Scenario: Root lists the deleted users
      Given Ada's account is deleted
      When Root lists the deleted users
      Then Root sees exactly the user Ada

    @local
    Scenario: Root restores an account after 29 days
      Given Ada's account was deleted 29 days ago
      And the operator has purged deleted users
      When Root restores Ada's account
      Then Ada can log in
      And Ada's session has ended

    @local
    Scenario: Root restores an account after 30 days
      Given Ada's account was deleted 30 days ago
      And the operator has purged deleted users
      When Root restores Ada's account
      Then Root sees the error "there is no such deleted user"

  Rule: An account cannot be restored if another user has its username or its e-mail address
    The names of a deleted account are free for other users at once.

    Scenario Outline: Adele has Ada's <name>
      Given Ada's account is deleted
      And Adele has registered with Ada's <name>
      When Root restores Ada's account
      Then Root sees the error "the <name> is already registered"

      Examples:
        | name           |
        | username       |
        | e-mail address |

  Rule: Only deleted accounts can be restored

    Scenario: Root restores an account that is not deleted
      When Root restores Grace's account
      Then Root sees the error "there is no such deleted user"
