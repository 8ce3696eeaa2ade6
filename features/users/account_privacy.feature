Feature: Minding one's own account
  In order that others neither see nor touch my account
  As an ordinary person
  I want everybody who is no administrator to be kept to their own

  Background:
    Given Ada and Grace have accounts
    And Alan has no account yet

  Scenario: Reading my own account
    When Ada reads Ada's account
    Then she sees Ada's address

  Scenario Outline: Ada <does>
    When Ada <does>
    Then she is told that she may not do this
    And everything about Ada and Grace is as it was

    Examples:
      | does                                          |
      | lists the people                              |
      | reads Grace's account                         |
      | changes Grace's address to "ada@example.net"  |
      | changes Ada's address to "ada@example.net"    |
      | opens an account for Alan                     |
      | suspends Grace                                |
      | deletes Grace's account                       |
      | deletes Ada's account                         |
      | makes Ada an administrator                    |

  Scenario: Finding out whether there is an account
    Given Grace's account has been deleted
    When Ada reads Grace's account
    Then she is told that she may not do this
