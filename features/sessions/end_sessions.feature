@sessions @since:0.1 @S-08
Feature: End sessions
  In order to lock out a device that I lost
  As a user
  I want to end my sessions from another device

  Background:
    Given Ada has an account
    And Ada is logged in on her phone
    And Ada is logged in on her laptop

  Rule: A user ends one session, or all other sessions

    Scenario: Ada ends the session of her phone
      When Ada ends the session of her phone on her laptop
      Then Ada's phone is logged out
      And Ada's laptop is logged in

    Scenario: Ada ends all other sessions
      When Ada ends all other sessions on her laptop
      Then Ada's phone is logged out
      And Ada's laptop is logged in

  @A-02
  Rule: A user cannot end the session of another user

    Scenario: Grace uses the id of Ada's session
      Given Grace has an account
      When Grace ends the session of Ada's phone as her own
      Then Grace sees the error "the session does not exist"
      And Ada's phone is logged in
