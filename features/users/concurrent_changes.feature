Feature: Working side by side
  In order that nobody's work is lost in silence
  As an administrator
  I want to change only what is still as I saw it

  Background:
    Given Root is an administrator
    And Grace is an administrator
    And Ada has an account
    And Root and Grace are looking at Ada's account

  Scenario: Two correct the same account
    When Grace, as she sees it, changes Ada's address to "countess@example.org"
    And Root, as he sees it, changes Ada's address to "ada@example.com"
    Then Root is told that somebody was faster
    And Ada can log in as "countess@example.org"

  Scenario: Looking again
    When Grace, as she sees it, changes Ada's address to "countess@example.org"
    And Root looks at Ada's account again
    And Root, as he sees it, changes Ada's address to "ada@example.com"
    Then Ada can log in as "ada@example.com"

  Scenario: Deleting what is no longer as one saw it
    When Grace, as she sees it, changes Ada's address to "countess@example.org"
    And Root, as he sees it, deletes Ada's account
    Then Root is told that somebody was faster
    And Ada can log in as "countess@example.org"

  Scenario: Nothing new to see
    When Root asks whether anything about Ada is new
    Then Root learns that nothing is

  Scenario: Something new to see
    When Grace, as she sees it, changes Ada's address to "countess@example.org"
    And Root asks whether anything about Ada is new
    Then Root learns the address "countess@example.org"
