@profile @since:0.1 @P-06
Feature: Change a password
  In order to lock out other people who know my password
  As a user
  I want to change my password and to end my other sessions with it

  Background:
    Given Ada has an account
    And Ada has logged in on another device

  Rule: A change of the password ends all sessions and opens a new one

    Scenario: The new password replaces the old one
      When Ada changes her password to "an engine that weaves algebra"
      Then Ada can log in with the password "an engine that weaves algebra"
      And Ada cannot log in with her old password

    @S-09
    Scenario: The other devices are logged out
      When Ada changes her password to "an engine that weaves algebra"
      Then the session on the other device has ended
      And Ada's session has ended
      And Ada has the tokens of a new session

  Rule: A change of the password needs the current password

    Scenario: Mallory uses Ada's laptop without her password
      When Mallory changes the password on Ada's laptop with a wrong current password
      Then Mallory sees the error "the current password is wrong"
      And Ada can log in
      And the session on the other device continues

  Rule: A new password may equal the current one, unless that is a temporary one

    Scenario: Ada enters the same password
      When Ada changes her password to the same password
      Then the session on the other device has ended
      And Ada can log in

  @P-05
  Rule: A new password follows the same policy as the first password

    Scenario: The new password is common
      When Ada changes her password to "qwertyuiop123"
      Then Ada sees the error "the password is too common"
      And Ada can log in
