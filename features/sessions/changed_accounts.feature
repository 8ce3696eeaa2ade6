@sessions @since:0.1
Feature: Sessions after a change of the account
  In order that no earlier login outlives what it was based on
  As a user
  I want changes of my account to end the sessions that they affect, and no others

  Background:
    Given Root is an administrator
    And Ada has an account
    And Ada is logged in on her phone

  @S-09
  Rule: A change of the e-mail address ends all sessions of the user, except the session that changed it

    Scenario: Root changes Ada's e-mail address
      When Root changes Ada's e-mail address to "countess@example.org"
      Then Ada's phone is logged out

    Scenario: Root changes his own e-mail address
      Given Root has logged in on another device
      When Root changes Root's e-mail address to "chief@example.org"
      Then the session on the other device has ended
      And Root's session continues

  @T-09
  Rule: A change of roles ends no session

    Scenario: Root assigns a role
      Given the role "support" has the permission "users:read"
      When Root assigns the role "support" to Ada
      Then Ada's phone is logged in
      And Ada can list all users

  @local
  Rule: A user has at most 100 sessions; one more ends the session that was used least recently

    Scenario: Ada logs in for the 101st time
      Given Ada has logged in until she has 100 sessions, on her laptop first and then on her phone
      And Ada has refreshed the session of her laptop
      When Ada logs in on her tablet
      Then Ada's phone is logged out
      And Ada's laptop is logged in
      And Ada has 100 sessions
