@login @since:0.1
Feature: Password guessing from several networks
  In order that an attacker neither guesses my password nor keeps me out for longer than a pause
  As a user
  I want wrong passwords to be limited for each network, and for all networks together

  Background:
    Given Ada has an account

  @L-03 @local
  Rule: By default, 5 wrong passwords in 5 minutes pause the logins from one network, and 20 those from all networks

    Scenario: 5 wrong passwords from one network
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in from another network
      Then Ada is logged in

    Scenario: 20 wrong passwords from 4 networks
      Given Mallory has tried 5 wrong passwords for Ada's account from each of 4 networks
      When Ada logs in from another network
      Then Ada sees the error "there were too many requests"
      And Ada sees that she can try again in 5 minutes

  @L-03 @local
  Rule: After 100 wrong passwords without a login, a pause lasts 15 minutes

    Scenario: Mallory tries 5 passwords in each pause
      Given Mallory has tried 100 wrong passwords for Ada's account from one network, 5 every 15 minutes
      And Mallory has tried 1 wrong password for Ada's account from one network
      When Ada logs in from the same network
      Then Ada sees the error "there were too many requests"
      And Ada sees that she can try again in 15 minutes

  @L-06
  Rule: A pause ends no session

    Scenario: Ada is logged in while Mallory guesses
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in from the same network
      Then Ada sees the error "there were too many requests"
      And Ada's session continues
