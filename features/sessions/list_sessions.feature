@sessions @since:0.1 @S-08
Feature: List my sessions
  In order to notice sessions that are not mine
  As a user
  I want to see where I am logged in

  Background:
    Given Ada has an account
    And Ada is logged in on her phone
    And Ada is logged in on her laptop

  Rule: A user sees the device of each session, and which session is the current one

    Scenario: Ada lists her sessions
      When Ada lists her sessions on her laptop
      Then Ada's laptop sees the sessions "Safari on iPhone" and "Firefox on Linux"
      And Ada's laptop sees that "Firefox on Linux" is the current session

  Rule: The list does not contain sessions that the user has ended

    Scenario: Ada has logged out
      Given Ada has logged out on her phone
      When Ada lists her sessions on her laptop
      Then Ada's laptop does not see the session "Safari on iPhone"
