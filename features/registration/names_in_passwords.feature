@registration @since:0.1 @P-05
Feature: Names in passwords
  In order to keep other people out of my account
  As a new user
  I want passwords to be rejected that a person who knows my name can guess

  Background:
    Given Grace has no account
    And Ada has no account

  Rule: A password does not contain a name of 4 letters or more: the username, or what is before the @ of the e-mail address

    @alone
    Scenario: The password contains the username
      When Grace registers with the password "grace in the navy"
      Then Grace sees the error "the password is too common"

    @alone
    Scenario: The password contains the beginning of the e-mail address
      When Grace registers with the e-mail address "hopper@example.org" and the password "hopper in the navy"
      Then Grace sees the error "the password is too common"

  Rule: A password may contain a shorter name, unless that is most of the password

    Scenario: The password contains a username of 3 letters
      When Ada registers with the password "ada in the navy!"
      Then Ada can log in with the password "ada in the navy!"
