@password_reset @since:0.2 @local
Feature: Links for a new password
  In order that no other person uses a link that was meant for me
  As a user
  I want each link to work once, for a short time, and for my account only

  Background:
    Given Ada has an account
    And Ada has received a mail about a forgotten password

  @V-03
  Rule: A link works once, for 30 minutes, and until a newer one is sent

    Scenario: Ada uses the link in time
      Given 29 minutes have passed
      When Ada chooses a new password with the link
      Then Ada can log in with the new password

    Scenario: Ada uses the link too late
      Given 30 minutes have passed
      When Ada chooses a new password with the link
      Then Ada sees the error "the link does not work"
      And Ada can log in

    Scenario: Ada uses the link twice
      Given Ada has chosen a new password with the link
      When Ada chooses a new password with the link
      Then Ada sees the error "the link does not work"

    Scenario: Ada uses the link of an earlier mail
      Given Ada has received a second mail about a forgotten password, a minute later
      When Ada chooses a new password with the first link
      Then Ada sees the error "the link does not work"

  @V-04
  Rule: A link does not outlive the e-mail address that it was sent to

    Scenario: Ada has another e-mail address meanwhile
      Given Ada's e-mail address has become "countess@example.org"
      When Ada chooses a new password with the link
      Then Ada sees the error "the link does not work"
      And Ada can log in
