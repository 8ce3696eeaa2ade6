@sessions @since:0.1 @S-08
Feature: Administer the sessions of users
  In order to help a user who lost a device and cannot log in
  As an administrator
  I want to see the sessions of a user, and to end one of them or all

  Background:
    Given Root is an administrator
    And Ada has an account
    And Ada is logged in on her phone
    And Ada is logged in on her laptop

  Rule: An administrator sees the devices of a user, and ends one session or all

    Scenario: Root lists Ada's sessions
      When Root lists Ada's sessions
      Then Root sees the sessions "Safari on iPhone" and "Firefox on Linux"

    Scenario: Root ends one session
      When Root ends the session of Ada's phone
      Then Ada's phone is logged out
      And Ada's laptop is logged in

    Scenario: Root ends all sessions
      When Root ends all sessions of Ada
      Then Ada's phone is logged out
      And Ada's laptop is logged out
      And Ada can log in

  @A-03
  Rule: The list needs the permission "sessions:read", the end "sessions:write"

    Scenario: Hedy may see sessions only
      Given Hedy has an account with the permission "sessions:read"
      When Hedy ends the session of Ada's phone
      Then Hedy sees the error "the permission is missing"
      And Ada's phone is logged in

    Scenario: Grace lists Ada's sessions
      Given Grace has an account
      When Grace lists Ada's sessions
      Then Grace sees the error "the permission is missing"
