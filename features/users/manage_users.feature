@users @since:0.1
Feature: Manage users
  In order that every person in our organisation has the right account
  As an administrator
  I want to create, change and delete accounts

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: An administrator creates an account with an e-mail address that is free
    An administrator who chooses the password knows it, and the user need not change it. An account without a password and then a temporary password avoid this.

    Scenario: The e-mail address is free
      Given Grace has no account
      When Root creates an account for Grace
      Then Grace can log in

    Scenario: The e-mail address is already registered
      Given Grace has no account
      When Root creates an account for Grace with Ada's e-mail address
      Then Root sees the error "the e-mail address is already registered"
      And Grace cannot log in

  Rule: An administrator changes the e-mail address of a user

    Scenario: Root changes Ada's e-mail address
      When Root changes Ada's e-mail address to "countess@example.org"
      Then Ada can log in with the e-mail address "countess@example.org"
      And Ada cannot log in with the e-mail address "ada@example.org"

  @A-08
  Rule: A deleted account no longer exists for its user and for administrators

    Scenario: Root deletes Ada's account
      When Root deletes Ada's account
      Then Ada cannot log in
      And Ada's session has ended
      And Root sees no account of Ada

    Scenario: Root deletes Ada's account a second time
      Given Ada's account is deleted
      When Root deletes Ada's account
      Then Root sees the error "the user does not exist"
