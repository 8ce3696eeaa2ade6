@leaving @since:0.2 @local @A-08
Feature: Erase an account
  In order that the service forgets me when I have left
  As a user
  I want my account to be erased, and a receipt of it

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: An account that its user has deleted is erased after 14 days, by default

    Scenario: The operator purges deleted users after 14 days
      Given Ada has deleted her own account
      And 14 days have passed
      When the operator purges deleted users
      Then Root does not find Ada among the deleted users
      And Ada gets one mail about an erasure

    Scenario: The operator purges deleted users after 13 days
      Given Ada has deleted her own account
      And 13 days have passed
      When the operator purges deleted users
      Then Root finds Ada among the deleted users
      And Ada gets no mail about an erasure

  Rule: The audit log keeps the events of an erased account, without a name

    Scenario: Alan reads the events
      Given Alan is an administrator
      And Ada has deleted her own account
      And 14 days have passed
      And the operator has purged deleted users
      When Alan searches the events about Ada's account
      Then Alan sees the events "user.deleted" and "user.purged"
      And Alan sees neither the name nor the e-mail address of Ada

  Rule: A new account with the same names is another account

    Scenario: Ada comes back
      Given Ada has deleted her own account
      And 14 days have passed
      And the operator has purged deleted users
      When Ada registers
      Then Ada has an account with another id
