Feature: Verifying tokens elsewhere
  In order to know who is asking without asking Rollbook each time
  As the developer of another service
  I want to check tokens with keys that Rollbook publishes

  Background:
    Given the service signs with keys of its own
    And Ada has an account
    And Ada has logged in

  Scenario: A token is checked with the published keys
    When the other service checks Ada's token
    Then it knows that Ada is asking, and that she is a user

  Scenario: Nothing personal is in a token
    When the other service checks Ada's token
    Then neither her name nor her address is in it

  Scenario: A token that somebody changed
    Given somebody has made Ada an administrator in her token
    When the other service checks Ada's token
    Then it turns her away

  Scenario: Keys are rotated without anybody noticing
    Given the keys have been rotated
    And Grace has an account
    And Grace has logged in
    When the other service checks both tokens
    Then it knows that Ada and Grace are asking
    And Ada is still recognised by Rollbook

  Scenario: A key that was stolen is withdrawn
    Given the key that signed Ada's token has been withdrawn
    When the other service checks Ada's token
    Then it turns her away
    And Ada has to log in again

  Scenario: Asking whether a token is still good
    Given Root is an administrator
    And Root has suspended Ada
    When the other service asks Rollbook about Ada's token
    Then it learns that the token is no longer good
