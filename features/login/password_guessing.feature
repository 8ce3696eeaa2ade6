@login @since:0.1 @L-03
Feature: Password guessing
  In order that no other person guesses my password
  As a user
  I want wrong passwords to be limited, and my account to stay usable

  Background:
    Given Ada and Grace have accounts

  Rule: After 5 wrong passwords from one network in 5 minutes, by default, the account accepts no password from that network until they have passed

    Scenario: 4 wrong passwords
      Given Mallory has tried 4 wrong passwords for Ada's account from one network
      When Ada logs in from the same network
      Then Ada is logged in

    Scenario: 5 wrong passwords
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in from the same network
      Then Ada sees the error "there were too many requests"
      And Ada sees that she can try again in 5 minutes

    @local @L-06
    Scenario: 5 minutes have passed
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      And 5 minutes have passed
      When Ada logs in from the same network
      Then Ada is logged in

  Rule: Wrong passwords count for one account, until its user logs in

    Scenario: Other users can log in
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      When Grace logs in from the same network
      Then Grace is logged in

    @L-05
    Scenario: A login resets the count
      Given Mallory has tried 4 wrong passwords for Ada's account from one network
      And Ada has logged in
      And Mallory has tried 4 wrong passwords for Ada's account from one network
      When Ada logs in from the same network
      Then Ada is logged in
