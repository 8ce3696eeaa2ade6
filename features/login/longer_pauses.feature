@login @since:0.2 @local
Feature: Longer pauses
  In order that it takes an attacker very long to guess a password
  As a user
  I want each further pause to be longer, and to be short again after a calm day

  Background:
    Given Ada has an account

  @L-03
  Rule: By default, the first pause lasts 5 minutes, the second 10 minutes, and each further one 15 minutes

    Scenario: The second pause
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      And 5 minutes have passed
      And Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in from the same network
      Then Ada sees the error "there were too many requests"
      And Ada sees that she can try again in 10 minutes

    Scenario: The fourth pause
      Given Mallory has tried 15 wrong passwords for Ada's account from one network, 5 every 15 minutes
      And Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in from the same network
      Then Ada sees the error "there were too many requests"
      And Ada sees that she can try again in 15 minutes

  @L-06
  Rule: A user waits 15 minutes at most, however many wrong passwords there were

    Scenario: Ada waits after 60 wrong passwords
      Given Mallory has tried 60 wrong passwords for Ada's account from one network, 5 every 15 minutes
      When Ada logs in from the same network
      Then Ada is logged in

  @L-06
  Rule: After a day without wrong passwords, a pause lasts 5 minutes again

    Scenario: Ada forgets her password the next day
      Given Mallory has tried 15 wrong passwords for Ada's account from one network, 5 every 15 minutes
      And 1 day has passed
      And Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in from the same network
      Then Ada sees the error "there were too many requests"
      And Ada sees that she can try again in 5 minutes
