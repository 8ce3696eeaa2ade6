@login @since:0.2 @L-06
Feature: Log in on a known device
  In order that no other person keeps me out of my account
  As a user
  I want a device on which I have logged in before to have its own count of wrong passwords

  Background:
    Given Ada has an account
    And Ada has logged in on her laptop

  Rule: The wrong passwords of other devices do not pause the logins on a known device

    Scenario: Mallory guesses from Ada's network
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in on her laptop
      Then Ada is logged in

    Scenario: Mallory pretends to use a known device
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in with a forged device token
      Then Ada sees the error "there were too many requests"

  @L-03
  Rule: By default, a device is not known any more after 5 wrong passwords in a row

    Scenario: Mallory guesses on Ada's laptop, and elsewhere
      Given Mallory has tried 5 wrong passwords on Ada's laptop
      And Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in on her laptop
      Then Ada sees the error "there were too many requests"

  Rule: A new password makes all other devices unknown

    Scenario: Ada has changed her password on another device
      Given Ada has changed her password on another device
      And Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in on her laptop
      Then Ada sees the error "there were too many requests"
