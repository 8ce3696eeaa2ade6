@users @since:0.1 @C-03
Feature: Keep a copy of an account
  In order to have the current account without loading it again and again
  As an administrator whose client keeps a copy of accounts
  I want to load an account only if it has changed

  Background:
    Given Root and Grace are administrators
    And Ada has an account
    And Root has read Ada's account

  Rule: A client that names the version of its copy gets the account only if it has changed

    Scenario: The account has not changed
      When Root reads Ada's account if it is newer than his version
      Then Root sees that the account is unchanged

    Scenario: The account has changed
      Given Grace has changed Ada's e-mail address to "countess@example.org"
      When Root reads Ada's account if it is newer than his version
      Then Root sees the e-mail address "countess@example.org"
