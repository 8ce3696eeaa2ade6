Feature: Keeping passwords secret
  In order that my password stays mine
  As someone with an account
  I want the service never to hand it out again, not even to me

  Background:
    Given Root is an administrator
    And Ada has an account
    And Grace has no account yet

  Scenario Outline: <who> <does>
    When <who> <does>
    Then no password is in the answer

    Examples:
      | who   | does                                          |
      | Grace | registers                                     |
      | Ada   | reads Ada's account                           |
      | Ada   | logs in                                       |
      | Root  | reads Ada's account                           |
      | Root  | lists the people                              |
      | Root  | opens an account for Grace                    |

  Scenario: A password that is refused
    When Grace registers with the password "grace in the navy"
    Then she is told that the password is too easy to guess
    And "grace in the navy" is nowhere in the answer
