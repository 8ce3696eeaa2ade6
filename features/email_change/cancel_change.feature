@email_change @since:0.2 @V-06 @local
Feature: Cancel the change of an e-mail address
  In order to get my account back from a person who has used it
  As the owner of the former e-mail address
  I want to cancel the change with a link for 7 days

  Background:
    Given Ada has an account

  Rule: Before the confirmation the request is void

    Scenario: Ada cancels what Mallory has asked for
      Given Mallory has asked in Ada's session for the e-mail address "mallory@example.org"
      And Ada has cancelled the change
      When Mallory confirms the new e-mail address
      Then Mallory sees the error "the link does not work"
      And Ada can log in with the e-mail address "ada@example.org"

  Rule: After the confirmation the former e-mail address is restored, all sessions end, and the password is void

    Scenario: Ada cancels what Mallory has confirmed
      Given Mallory has changed Ada's e-mail address to "mallory@example.org"
      When Ada cancels the change
      Then Ada cannot log in with the e-mail address "ada@example.org"
      And Ada cannot log in with the e-mail address "mallory@example.org"
      And Ada gets a mail with which she chooses a new password for "ada@example.org"

    Scenario: Mallory is logged in
      Given Mallory has changed Ada's e-mail address to "mallory@example.org"
      And Ada has logged in on another device
      When Ada cancels the change
      Then the session on the other device has ended

    Scenario: Ada cancels after 7 days
      Given Mallory has changed Ada's e-mail address to "mallory@example.org"
      And 7 days have passed
      When Ada cancels the change
      Then Ada sees the error "the link does not work"

    Scenario: Another user has the former e-mail address now
      Given Mallory has changed Ada's e-mail address to "mallory@example.org"
      And Grace has registered with the e-mail address "ada@example.org"
      When Ada cancels the change
      Then Ada sees the error "the e-mail address is already registered"
