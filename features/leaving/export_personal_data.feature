@leaving @since:0.2
Feature: Export my own data
  In order to know what the service stores about me
  As a user
  I want to export my account, my sessions and the events about me

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: An export contains what is stored about the user

    Scenario: Ada exports her data
      Given Ada has the display name "Countess"
      And Ada has the role "admin"
      When Ada exports her data
      Then Ada sees her account with the display name "Countess" and the role "admin"
      And Ada sees her session
      And Ada sees the event "role.granted"

    Scenario: Ada exports her data in pages
      Given Root has changed Ada's e-mail address 5 times
      When Ada exports her data in pages of 2 events
      Then Ada sees 5 changes of her account, each of them once

  @A-05
  Rule: An export contains no password hash and no data of other persons

    Scenario: Root has changed the account
      Given Root has changed Ada's e-mail address 1 time
      When Ada exports her data
      Then Ada sees no IP address of Root
      And Ada sees no password hash

    Scenario: Mallory has tried to log in as Ada
      Given Mallory has tried to log in as Ada
      When Ada exports her data
      Then Ada sees the event "login.failed"
      And Ada sees no IP address of Mallory

  @S-10 @local
  Rule: An export needs the password of the last 10 minutes, by default

    Scenario: Ada entered the password 11 minutes ago
      Given Ada entered the password 11 minutes ago
      When Ada exports her data
      Then Ada sees the error "the password must be confirmed"
