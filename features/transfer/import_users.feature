Feature: Bringing people in from another system
  In order that nobody has to begin anew when we change systems
  As an administrator
  I want to take over all accounts at once, and to be told which could not be

  Background:
    Given Root is an administrator
    And Ada has an account

  Scenario: Everybody logs in as before
    When Root takes in a file with Grace and Alan, and their passwords as another system kept them
    Then Grace can log in
    And Alan can log in

  Scenario: One who cannot be taken in keeps out nobody
    When Root takes in a file with another Ada, and with Grace
    Then he is told that the first was refused since the username is taken
    And Grace can log in
    And Ada can log in

  Scenario: Trying it first
    When Root tries what would become of a file with another Ada, and with Grace
    Then he is told that the first was refused since the username is taken
    And Grace cannot log in

  Scenario: Taking the same file in twice
    When Root hands out everybody, and takes in what he handed out
    Then he is told that nothing was new
    And Ada can log in
