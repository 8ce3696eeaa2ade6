@users @since:0.1 @C-03
Feature: Concurrent changes
  In order not to overwrite the change of another administrator
  As an administrator
  I want to change an account only in the version that I read

  Background:
    Given Root and Grace are administrators
    And Ada has an account
    And Root has read Ada's account

  Rule: A change of an earlier version is rejected

    Scenario: Root changes an account that has changed
      Given Grace has changed Ada's e-mail address to "countess@example.org"
      When Root changes the e-mail address to "ada@example.com" in the version that he read
      Then Root sees the error "the account has changed"
      And Ada can log in with the e-mail address "countess@example.org"

    Scenario: Root deletes an account that has changed
      Given Grace has changed Ada's e-mail address to "countess@example.org"
      When Root deletes the account in the version that he read
      Then Root sees the error "the account has changed"
      And Ada can log in with the e-mail address "countess@example.org"

    Scenario: Root has read the account again
      Given Grace has changed Ada's e-mail address to "countess@example.org"
      And Root has read Ada's account
      When Root changes the e-mail address to "ada@example.com" in the version that he read
      Then Ada can log in with the e-mail address "ada@example.com"

  Rule: Without a version, the last change stays

    Scenario: Root names no version
      Given Grace has changed Ada's e-mail address to "countess@example.org"
      When Root changes Ada's e-mail address to "ada@example.com"
      Then Ada can log in with the e-mail address "ada@example.com"
