@login @since:0.2 @local
Feature: Mails about logins
  In order that I notice when another person uses my account or tries to
  As a user
  I want a mail when a login comes from a new device, and when wrong passwords pause the logins

  Background:
    Given Ada has an account

  Rule: A login from a device or a network that the user has not used in 90 days is reported, but not the first login

    Scenario: Mallory logs in with Ada's password
      Given Ada has logged in
      When Mallory logs in as Ada from another device
      Then Ada gets one mail about a new device

    Scenario: Ada logs in again on the same device
      Given Ada has logged in
      When Ada logs in
      Then Ada gets no mail about a new device

  @S-06
  Rule: The link in the mail ends the session at once

    Scenario: Ada ends the session of Mallory
      Given Ada has logged in
      And Mallory has logged in as Ada from another device
      When Ada opens the link in the mail about a new device, and confirms it
      Then the session on the other device has ended
      And Ada's session continues

  @L-06
  Rule: The owner of the account gets one mail about the first pause in a day

    Scenario: Mallory guesses from 4 networks
      When Mallory tries 5 wrong passwords for Ada's account from each of 4 networks
      Then Ada gets one mail about paused logins
