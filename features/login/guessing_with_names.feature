@login @since:0.1
Feature: Password guessing with several names
  In order that an attacker neither has more tries nor learns which names belong together
  As a user
  I want wrong passwords to be limited for each name, and for my account

  Background:
    Given Ada has an account

  @L-04
  Rule: Every spelling of a name counts as the same name

    Scenario: Mallory changes the letter case
      Given Mallory has tried 5 wrong passwords for Ada's account in 5 spellings
      When Ada logs in from the same network
      Then Ada sees the error "there were too many requests"

  @L-01
  Rule: A name without an account is limited in the same way

    Scenario: Mallory tries a name without an account
      Given Mallory has tried 5 wrong passwords for the name "Eve"
      When Mallory logs in as "Eve"
      Then Mallory sees the error "there were too many requests"

  @L-01
  Rule: During a pause, the other name of the account gets the response of a wrong password
    So the response does not show that a username and an e-mail address belong to the same account. The correct password is not accepted either.

    Scenario: Ada uses her e-mail address during the pause of her username
      Given Mallory has tried 5 wrong passwords for Ada's account from one network
      When Ada logs in from the same network with her e-mail address
      Then Ada sees the error "the username or the password is wrong"
