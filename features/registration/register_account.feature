@registration @since:0.1
Feature: Register an account
  In order to use applications that authenticate their users with Rollbook
  As a new user
  I want to register an account with a username and an e-mail address of my own

  Background:
    Given Ada has no account
    And Grace has an account

  Rule: A new user has the role "user" and no other role

    Scenario: Ada registers
      When Ada registers
      Then Ada can log in
      And Ada has only the role "user"

  @R-02
  Rule: Usernames and e-mail addresses are unique in every letter case

    Scenario: Ada registers with the username of another user
      When Ada registers with Grace's username in capital letters
      Then Ada sees the error "the username is already registered"
      And Ada cannot log in

    Scenario: Ada registers with the e-mail address of another user
      When Ada registers with Grace's e-mail address in capital letters
      Then Ada sees the error "the e-mail address is already registered"
      And Ada cannot log in
