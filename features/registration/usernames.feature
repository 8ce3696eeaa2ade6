@registration @since:0.2
Feature: Usernames
  In order to log in with the name that I know from elsewhere
  As a new user
  I want to have a username, or none

  @case-B-14
  Rule: A user without a username logs in with the e-mail address

    Scenario: Ada registers without a username
      Given Ada has no account
      When Ada registers without a username
      Then Ada can log in with the e-mail address
      And Ada has no username

    @local
    Scenario: The operator requires usernames
      Given the operator requires usernames
      And Ada has no account
      When Ada registers without a username
      Then Ada sees the error "a username is required"

  @case-B-13
  Rule: The e-mail address can be the username of its own account only

    Scenario: Ada uses her e-mail address as username
      Given Ada has no account
      When Ada registers with her own e-mail address as username
      Then Ada can log in with the e-mail address

    Scenario: Ada uses the e-mail address of another user
      Given Ada has no account
      And Grace has an account
      When Ada registers with Grace's e-mail address as username
      Then Ada sees the error "the username belongs to another e-mail address"

  @local
  Rule: Usernames that look alike are the same

    Scenario: Ada imitates the username of another user
      Given the operator allows usernames in every script
      And Ada has no account
      And Grace has an account
      When Ada registers with Grace's username in letters that look alike
      Then Ada sees the error "the username is already registered"
