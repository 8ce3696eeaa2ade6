@access @since:0.1 @P-08
Feature: Password secrecy
  In order that my password stays secret
  As a user
  I want the service to return neither a password nor its hash, unless an administrator requests it

  Background:
    Given Root is an administrator
    And Ada has an account
    And Grace has no account

  Rule: A response contains neither the password nor its hash
    There are two exceptions. An administrator sees a new temporary password once, and sees password hashes in an export that requests them.

    Scenario Outline: <who> <acts>
      When <who> <acts>
      Then <who> sees a response without a password

      Examples:
        | who   | acts                         |
        | Grace | registers                    |
        | Ada   | logs in                      |
        | Ada   | reads Ada's account          |
        | Root  | reads Ada's account          |
        | Root  | lists all users              |
        | Root  | creates an account for Grace |

  @alone
  Rule: An error does not repeat the password that it rejects

    Scenario: The password is rejected
      When Grace registers with the password "grace in the navy"
      Then Grace sees the error "the password is too common"
      And Grace sees a response without "grace in the navy"
