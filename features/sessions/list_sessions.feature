Feature: Seeing where I am logged in
  In order to notice what is not mine, and to end it
  As someone with an account
  I want to see my sessions and log out of each

  Background:
    Given Ada has an account
    And Ada has logged in on her phone
    And Ada has logged in on her laptop

  Scenario: Seeing them
    When Ada looks on her laptop where she is logged in
    Then she sees "Safari on iPhone" and "Firefox on Linux"
    And "Firefox on Linux" is where she is looking from

  Scenario: Ending one of them
    When Ada ends the session of her phone on her laptop
    Then her phone is no longer logged in
    And her laptop is still logged in

  Scenario: Ending all others
    When Ada logs out everywhere else on her laptop
    Then her phone is no longer logged in
    And her laptop is still logged in

  Scenario: Those of others are not hers to see or end
    Given Grace has an account
    When Grace ends the session of Ada's phone
    Then she is told that there is no such session
    And her phone is still logged in

  Scenario: An administrator ends them
    Given Root is an administrator
    When Root logs Ada out everywhere
    Then her phone is no longer logged in
    And her laptop is no longer logged in
    And Ada can log in
