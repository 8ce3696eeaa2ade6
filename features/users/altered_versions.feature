@users @since:0.2 @case-B-22
Feature: Versions that a proxy has altered
  In order to find the cause when my changes are rejected
  As an administrator
  I want to see whether the account has changed or a proxy has altered its version

  Background:
    Given Root and Grace are administrators
    And Ada has an account
    And Root has read Ada's account
    And a proxy that compresses has altered the version that he read

  Rule: The error distinguishes an altered version from an earlier one

    Scenario: The account has not changed
      When Root changes the e-mail address to "ada@example.com" in the version that he read
      Then Root sees that a proxy has altered the version

    Scenario: The account has changed as well
      Given Grace has changed Ada's e-mail address to "countess@example.org"
      When Root changes the e-mail address to "ada@example.com" in the version that he read
      Then Root sees that the account has changed and a proxy has altered the version
