Feature: Logging in
  In order to be recognised
  As someone with an account
  I want to log in by whatever name of mine I remember

  Background:
    Given Ada and Grace have accounts

  Scenario Outline: Logging in with <name>
    When Ada logs in with <name>
    Then she is recognised as Ada

    Examples:
      | name                         |
      | her username                 |
      | her address                  |
      | her username and her address |
      | her username in capitals     |
      | her address in capitals      |

  Scenario: Names of two different people
    When Ada gives her own username and Grace's address
    Then she is told that the name or the password is wrong
