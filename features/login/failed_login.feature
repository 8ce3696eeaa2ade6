@login @since:0.1 @L-01
Feature: Failed login
  In order that other people do not find out whether I have an account
  As a user
  I want failed logins not to show whether an account exists

  Background:
    Given Ada has an account

  Rule: A wrong password, an unknown user and a suspended user get the same response
    The registration does show whether a username or an e-mail address is registered. Only a message to the owner could hide it, and Rollbook sends no mail yet.

    Scenario: The password is wrong
      When Ada logs in with a wrong password
      Then Ada sees the error "the username or the password is wrong"

    Scenario: The user does not exist
      Given Grace has no account
      And Ada has tried to log in with a wrong password
      When Grace logs in
      Then Grace sees the same response as Ada

    Scenario: The user is suspended
      Given Alan has a suspended account
      And Ada has tried to log in with a wrong password
      When Alan logs in
      Then Alan sees the same response as Ada
