Feature: Choosing a password
  In order to keep others out of my account
  As someone who registers
  I want to be warned of passwords that are guessed easily

  Background:
    Given Grace has no account yet

  Scenario: A phrase needs no digits and no symbols
    When Grace registers with the password "the moth in the relay"
    Then Grace can log in with "the moth in the relay"

  Scenario Outline: A password that <weakness>
    When Grace registers with the password "<password>"
    Then she is told that the password <problem>
    And Grace cannot log in with "<password>"

    Examples:
      | weakness              | password              | problem               |
      | is short              | moth relay            | is too short          |
      | everybody takes       | qwertyuiop123         | is too easy to guess  |
      | holds her username    | grace in the navy     | is too easy to guess  |
      | names the service     | my rollbook password  | is too easy to guess  |
