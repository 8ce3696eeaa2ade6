@transfer @since:0.1
Feature: Import users
  In order that no user has to register again when we migrate to Rollbook
  As an administrator
  I want to import the users of the previous system, and to see which rows were rejected

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: Imported users log in with the password of the previous system

    Scenario: Root imports two users
      When Root imports Grace and Alan with their password hashes
      Then Grace can log in
      And Alan can log in

  Rule: A rejected row does not prevent the import of the other rows

    Scenario: One row has no e-mail address
      When Root imports a user without an e-mail address, and Grace
      Then Root sees that row 1 is rejected because it has no e-mail address
      And Root sees that 1 user is created, 0 users are unchanged and 1 row is rejected
      And Grace can log in
      And Ada can log in

  Rule: A dry run reports the result and creates no user

    Scenario: Root tries the import first
      When Root tries to import a user without an e-mail address, and Grace
      Then Root sees that row 1 is rejected because it has no e-mail address
      And Root sees that 1 user is created, 0 users are unchanged and 1 row is rejected
      And Grace cannot log in

  Rule: A repeated import creates no user twice

    @alone
    Scenario: Root imports an export
      Given Root has exported all users with their password hashes
      When Root imports the export
      Then Root sees that 0 users are created, 2 users are unchanged and 0 rows are rejected
      And Ada can log in
