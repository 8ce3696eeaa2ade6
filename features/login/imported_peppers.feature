@login @since:0.2 @local
Feature: Log in after an import from a system with a pepper
  In order to keep my password although the previous system changed it before hashing
  As a user of the previous system
  I want Rollbook to change the password in the same way

  Background:
    Given Ada has an account
    And the previous system added a pepper to each password

  Rule: A password matches if the operator has configured the pepper of the previous system

    Scenario: The pepper is configured
      Given the operator has configured the pepper of the previous system
      When Ada logs in
      Then Ada is logged in

    Scenario: The password is wrong
      Given the operator has configured the pepper of the previous system
      When Ada logs in with a wrong password
      Then Ada sees the error "the username or the password is wrong"

    Scenario: The pepper is not configured
      When Ada logs in
      Then Ada sees the error "the username or the password is wrong"
