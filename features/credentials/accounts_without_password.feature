@credentials @since:0.2 @case-B-32
Feature: Accounts without a password
  In order to prepare accounts for users who join us later
  As an administrator
  I want to create accounts before their users have a password

  Background:
    Given Root is an administrator

  Rule: A user cannot log in to an account that has no password

    Scenario: Root creates an account without a password
      Given Grace has no account
      When Root creates an account for Grace without a password
      Then Root sees that Grace has no password yet
      And Grace cannot log in

    Scenario: The account gets a password later
      Given Root has created an account for Grace without a password
      When Root gives Grace a temporary password
      Then Grace can log in with the temporary password
