@profile @since:0.1 @S-10
Feature: Confirm the password
  In order that a person who finds my device unlocked can do little harm
  As a user
  I want sensitive operations to need my password

  Background:
    Given Grace has an account

  @local
  Rule: A confirmed password permits sensitive operations for 10 minutes, by default

    Scenario: Grace confirms the password
      Given Grace entered the password 11 minutes ago
      When Grace confirms the password
      Then Grace can delete her own account

    Scenario: Grace enters a wrong password
      Given Grace entered the password 11 minutes ago
      When Grace enters a wrong password
      Then Grace sees the error "the current password is wrong"
      And Grace cannot delete her own account

  @L-03
  Rule: After 5 wrong passwords in 5 minutes, by default, the user can neither confirm the password nor log in from this network

    Scenario: Mallory has tried 5 wrong passwords on Grace's device
      Given Mallory has entered 5 wrong passwords on Grace's device
      When Grace confirms the password
      Then Grace sees the error "there were too many requests"

    Scenario: Grace logs in after Mallory has tried 5 wrong passwords
      Given Mallory has entered 5 wrong passwords on Grace's device
      When Grace logs in from the same network
      Then Grace sees the error "the username or the password is wrong"
