Feature: Keeping notes on people
  In order that applications need no table of their own for a word or two
  As somebody who builds on Rollbook
  I want to keep small things with an account

  Background:
    Given Root is an administrator
    And Ada and Grace have accounts

  Scenario: People keep their own
    When Ada notes that her "theme" is "dark"
    Then Ada finds that her "theme" is "dark"

  Scenario: Administrators keep what people only see
    When Root notes of Ada that the "plan" is "gold"
    Then Ada finds that the "plan" is "gold"

  Scenario: People do not change what is kept of them
    When Ada notes of Ada that the "plan" is "gold"
    Then she is told that she may not do this

  Scenario: Finding people by it
    Given Root has noted of Ada that the "plan" is "gold"
    When Root seeks people whose "plan" is "gold"
    Then Root finds Ada

  Scenario: Too much of it
    When Ada notes that her "theme" is more than there is room for
    Then she is told that it is too long
