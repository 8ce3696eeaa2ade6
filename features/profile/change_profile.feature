@profile @since:0.1
Feature: Change a profile
  In order to appear under the name that I use
  As a user
  I want to change my display name and my username

  Background:
    Given Ada and Grace have accounts

  Rule: A display name is optional

    Scenario: Ada changes her display name
      When Ada changes her display name to "Ada King"
      Then Ada has the display name "Ada King"

    Scenario: Ada removes her display name
      Given Ada has the display name "Countess"
      When Ada removes her display name
      Then Ada has no display name

  Rule: A user can change the username to one that is free

    Scenario: The username is free
      When Ada changes her username to "lovelace"
      Then Ada can log in with the username "lovelace"
      And Ada cannot log in with the username "Ada"

    Scenario: The username is already registered
      When Ada changes her username to Grace's username
      Then Ada sees the error "the username is already registered"
      And Ada can log in with the username "Ada"
