@login @since:0.1
Feature: Password guessing from several networks
  In order that my account is neither guessed nor locked by an attacker
  As a user
  I want wrong passwords to be limited by network and by account

  Background:
    Given Ada and Grace have accounts

  @L-03 @local
  Rule: 5 wrong passwords in 5 minutes stop one network, and 20 stop all networks

    Scenario: Mallory has tried 5 passwords from her network
      Given Mallory has tried 5 wrong passwords for Ada's account
      When Ada logs in from her own network
      Then Ada is logged in

    Scenario: Mallory has tried 20 passwords from 4 networks
      Given Mallory has tried 5 wrong passwords for Ada's account from each of 4 networks
      When Ada logs in from her own network
      Then Ada sees the error "there were too many requests"

  @L-04
  Rule: Every spelling of a name counts for the same account

    Scenario: Mallory changes the letter case
      Given Mallory has tried 5 wrong passwords for Ada's account in 5 spellings
      When Ada logs in
      Then Ada sees the error "there were too many requests"

  @L-01
  Rule: A name without an account is limited in the same way

    Scenario: Mallory tries a name without an account
      Given Mallory has tried 5 wrong passwords for the name "Eve"
      When Mallory logs in as "Eve"
      Then Mallory sees the error "there were too many requests"

  Rule: A pause ends no session

    Scenario: Ada is logged in while Mallory guesses
      Given Mallory has tried 5 wrong passwords for Ada's account
      When Mallory logs in as "Ada"
      Then Mallory sees the error "there were too many requests"
      And Ada's session continues
