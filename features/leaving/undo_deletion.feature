@leaving @since:0.2
Feature: Undo the deletion of my own account
  In order that a deletion in anger, or by another person on my device, does no harm
  As a user
  I want some days in which a link undoes the deletion

  Background:
    Given Ada has an account

  @local
  Rule: For 14 days, by default, the link in the mail restores the account

    Scenario: Ada uses the link after 13 days
      Given Ada has deleted her own account
      And 13 days have passed
      When Ada undoes the deletion with the link
      Then Ada can log in
      And Ada's session has ended

    Scenario: Ada uses the link after 14 days
      Given Ada has deleted her own account
      And 14 days have passed
      When Ada undoes the deletion with the link
      Then Ada sees the error "the link does not work"
      And Ada cannot log in

  @V-03
  Rule: The link works once

    @local
    Scenario: Ada uses the link again
      Given Ada has deleted her own account
      And Ada has undone the deletion with the link
      When Ada undoes the deletion with the link
      Then Ada sees the error "the link does not work"
      And Ada can log in

    Scenario: Mallory guesses a link
      Given Ada has deleted her own account
      When Mallory undoes the deletion with a link that she has guessed
      Then Mallory sees the error "the link does not work"
      And Ada cannot log in

  @local
  Rule: An account is not restored while another user has its username

    Scenario: Adele has registered with Ada's username
      Given Ada has deleted her own account
      And Adele has registered with Ada's username
      When Ada undoes the deletion with the link
      Then Ada sees the error "the username is already registered"
