@users @since:0.2 @case-B-22
Feature: Changes that a proxy prevents
  In order to find out why all my changes are rejected
  As an administrator whose requests pass through a proxy
  I want the error to distinguish a change by another administrator from a proxy that alters versions

  Background:
    Given Root and Grace are administrators
    And Ada has an account
    And Root has read Ada's account
    And a proxy that compresses has altered the version that he read

  Rule: A change with an altered version is rejected, and the error names the cause

    Scenario: Only the proxy is the cause
      When Root changes the e-mail address to "ada@example.com" in the version that he read
      Then Root sees that a proxy has altered the version
      And Ada can log in with the e-mail address "ada@example.org"

    Scenario: Another administrator has changed the account as well
      Given Grace has changed Ada's e-mail address to "countess@example.org"
      When Root changes the e-mail address to "ada@example.com" in the version that he read
      Then Root sees that the account has changed and a proxy has altered the version
      And Ada can log in with the e-mail address "countess@example.org"
