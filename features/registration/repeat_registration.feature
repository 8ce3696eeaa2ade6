Feature: Asking twice
  In order to get one account, however bad the line is
  As someone whose app asks again when it hears nothing
  I want what is done already not to be done a second time

  Background:
    Given Ada has no account yet

  Scenario: The answer is lost on its way
    When Ada's app registers her, and hears nothing
    And Ada's app asks the same again
    Then it hears what it would have heard the first time
    And Ada can log in

  Scenario: An app that takes one request for another
    Given Grace has no account yet
    When Ada's app registers her, and hears nothing
    And Ada's app asks the same again, but for Grace
    Then it is told that this was another request
    And Grace cannot log in

  Scenario: What was refused can be put right
    Given Grace has an account
    When Ada's app registers her under Grace's username
    Then it is told that the username is taken
    When Ada's app asks the same again, but under her own username
    Then Ada can log in
