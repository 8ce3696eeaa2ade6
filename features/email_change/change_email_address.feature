@email_change @since:0.2 @V-06
Feature: Change the e-mail address
  In order to keep my account when I get another e-mail address
  As a user
  I want to change it myself, and to be sure that no other person can

  Background:
    Given Ada has an account

  @local
  Rule: The account keeps its e-mail address until the new one has confirmed

    Scenario: Ada asks for another e-mail address
      When Ada asks for the e-mail address "countess@example.org"
      Then Ada can log in with the e-mail address "ada@example.org"
      And Ada gets one mail about the wish for a new e-mail address
      And "countess@example.org" gets a link

    Scenario: Ada confirms the new e-mail address
      Given Ada has asked for the e-mail address "countess@example.org"
      When Ada confirms the new e-mail address
      Then Ada can log in with the e-mail address "countess@example.org"
      And Ada cannot log in with the e-mail address "ada@example.org"
      And Ada gets one mail about a new e-mail address

    @S-09
    Scenario: Ada is logged in on another device
      Given Ada has logged in on another device
      And Ada has asked for the e-mail address "countess@example.org"
      When Ada confirms the new e-mail address
      Then the session on the other device has ended

    Scenario: Ada confirms too late
      Given Ada has asked for the e-mail address "countess@example.org"
      And 1 hour has passed
      When Ada confirms the new e-mail address
      Then Ada sees the error "the link does not work"
      And Ada can log in with the e-mail address "ada@example.org"

  @S-10 @local
  Rule: Ada enters her password before it

    Scenario: Ada has not entered the password for 11 minutes
      Given Ada entered the password 11 minutes ago
      When Ada asks for the e-mail address "countess@example.org"
      Then Ada sees the error "the password must be confirmed"
