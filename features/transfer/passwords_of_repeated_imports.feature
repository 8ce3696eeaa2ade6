@transfer @since:0.2
Feature: Passwords of a repeated import
  In order that users log in with the password that they chose last
  As an administrator
  I want to repeat an import without the loss of passwords or suspensions

  Background:
    Given Root is an administrator
    And Root has imported Grace with her password hash

  Rule: A password that was not changed in the previous system stays as it is in Rollbook

    Scenario: Grace logs in between two imports
      Given Grace has logged in
      When Root imports the same file again
      Then Root sees that 0 users are created, 1 user is unchanged and 0 rows are rejected

    Scenario: Grace chooses a new password in Rollbook
      Given Grace has chosen a new password in Rollbook
      When Root imports the same file again, and requests the update
      Then Grace can log in
      And Root sees that 0 users are created, 1 user is unchanged and 0 rows are rejected

  Rule: A password that was changed in the previous system replaces that of Rollbook, on request

    Scenario: Grace changes her password in the previous system
      Given Grace has changed her password in the previous system
      When Root imports the new file, and requests the update
      Then Grace can log in

    Scenario: Grace changes her password in both systems
      Given Grace has chosen a new password in Rollbook
      And Grace has changed her password in the previous system
      When Root imports the new file, and requests the update
      Then Grace can log in

  Rule: A row without a status does not reactivate a suspended user

    Scenario: Root has suspended Grace
      Given Root has suspended Grace in Rollbook
      When Root imports the same file again, and requests the update
      Then Grace cannot log in
