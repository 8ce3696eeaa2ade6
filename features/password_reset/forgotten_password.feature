@password_reset @since:0.2
Feature: Replace a forgotten password
  In order to get back into my account without an administrator
  As a user who forgot the password
  I want to choose a new one with a link that only I receive

  Background:
    Given Ada has an account

  @V-05 @local
  Rule: The link in the mail replaces the password, and everything that was open before ends

    Scenario: Ada chooses a new password
      Given Ada has received a mail about a forgotten password
      When Ada chooses a new password with the link
      Then Ada can log in with the new password
      And Ada cannot log in with her old password
      And Ada gets one mail about a new password

    Scenario: Mallory has a session of Ada
      Given Ada has logged in on another device
      And Ada has received a mail about a forgotten password
      When Ada chooses a new password with the link
      Then the session on the other device has ended

    Scenario: Mallory has paused the logins of Ada
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      And Ada has received a mail about a forgotten password
      When Ada chooses a new password with the link
      Then Ada can log in with the new password

    Scenario: Ada has a temporary password, which she lost as well
      Given Ada has a temporary password
      And Ada has received a mail about a forgotten password
      When Ada chooses a new password with the link
      Then Ada can log in with the new password, and is asked for no other

    Scenario: Ada has an account without a password
      Given Ada has no password
      And Ada has received a mail about a forgotten password
      When Ada chooses a new password with the link
      Then Ada can log in with the new password
