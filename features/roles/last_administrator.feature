@roles @since:0.2 @A-07 @alone
Feature: The last administrator
  In order that there is always a user who can administer the others
  As an administrator
  I want the last administrator to stay

  Background:
    Given Root is an administrator

  Rule: Another administrator counts only if that user can log in

    Scenario Outline: Grace <cannot log in>
      Given Grace is an administrator who <cannot log in>
      When Root removes the role "admin" from Root
      Then Root sees the error "the last administrator cannot be removed"
      And Root can list all users

      Examples:
        | cannot log in    |
        | has no password  |
        | is suspended     |

    Scenario: A service account has the role "admin"
      Given the service account "Nightly sync" has the role "admin"
      When Root removes the role "admin" from Root
      Then Root sees the error "the last administrator cannot be removed"

  Rule: One of two administrators can remove the own role

    Scenario: Root removes his own role
      Given Grace is an administrator
      When Root removes the role "admin" from Root
      Then Root cannot list users
