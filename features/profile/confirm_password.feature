@profile @since:0.1 @S-10
Feature: Confirm the password
  In order that a person who finds my device unlocked can do little harm
  As a user
  I want sensitive operations to need my password

  Background:
    Given Grace has an account

  @local
  Rule: A confirmed password permits sensitive operations for 10 minutes

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
  Rule: After 5 wrong passwords in 5 minutes no password is accepted

    Scenario: Mallory has tried 5 wrong passwords on Grace's device
      Given Mallory has entered 5 wrong passwords on Grace's device
      When Grace confirms the password
      Then Grace sees the error "there were too many requests"
