@login @since:0.1 @L-03
Feature: Password guessing
  In order that other people do not guess my password
  As a user
  I want wrong passwords to be limited, and my account to stay usable

  Background:
    Given Ada and Grace have accounts

  Rule: After 5 wrong passwords in 5 minutes the account accepts no password until they have passed

    Scenario: 4 wrong passwords
      Given Mallory has tried 4 wrong passwords for Ada's account
      When Ada logs in
      Then Ada is logged in

    Scenario: 5 wrong passwords
      Given Mallory has tried 5 wrong passwords for Ada's account
      When Ada logs in
      Then Ada sees the error "there were too many requests"
      And Ada sees that she can try again in at most 5 minutes

    @local @L-06
    Scenario: 5 minutes have passed
      Given Mallory has tried 5 wrong passwords for Ada's account
      And 5 minutes have passed
      When Ada logs in
      Then Ada is logged in

  Rule: Wrong passwords count for one account, until that user logs in

    Scenario: Other users can log in
      Given Mallory has tried 5 wrong passwords for Ada's account
      When Grace logs in
      Then Grace is logged in

    @L-05
    Scenario: A login resets the count
      Given Mallory has tried 4 wrong passwords for Ada's account
      And Ada has logged in
      And Mallory has tried 4 wrong passwords for Ada's account
      When Ada logs in
      Then Ada is logged in
