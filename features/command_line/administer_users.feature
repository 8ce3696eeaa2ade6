@command_line @since:0.2 @local
Feature: Administer users on the command line
  In order to help users although no administrator can log in
  As an operator
  I want to do on the machine what administrators do with the API

  Background:
    Given Root is an administrator
    And Ada has an account

  @case-N-11
  Rule: A change on the command line has the effect of the same change by an administrator

    Scenario: The operator suspends Ada
      When the operator suspends Ada
      Then Ada cannot log in
      And Ada's session has ended

    Scenario: The operator ends Ada's sessions
      When the operator ends all sessions of Ada
      Then Ada's session has ended
      And Ada can log in

    Scenario: The operator restores Ada's account
      Given Ada's account is deleted
      When the operator restores Ada's account
      Then Ada can log in

  @case-N-11
  Rule: The rules of the API apply to the operator

    Scenario: The operator suspends the last administrator
      When the operator suspends Root
      Then the operator reads "This is the last active administrator."
      And Root can log in

  @case-N-03
  Rule: A command reports what it has done

    Scenario: The operator makes Ada an administrator
      When the operator assigns Ada the role "admin"
      Then the operator reads "Granted the role admin to Ada."
      And Ada can list all users
