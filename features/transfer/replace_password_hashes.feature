@transfer @since:0.2
Feature: Replace password hashes
  In order that a stolen session cannot replace the passwords of all users
  As an administrator
  I want to enter my password before an import replaces passwords

  Background:
    Given Root is an administrator
    And Root has imported Grace with her password hash
    And Grace has changed her password in the previous system

  @local
  Rule: The import needs the password of the last 10 minutes, by default

    Scenario: Root entered the password 11 minutes ago
      Given Root entered the password 11 minutes ago
      When Root tries to import the new file, and requests the update
      Then Root sees the error "the password must be confirmed"
      And Grace cannot log in

    Scenario: Root enters the password again
      Given Root entered the password 11 minutes ago
      And Root has confirmed the password
      When Root imports the new file, and requests the update
      Then Root sees that 1 user is updated
      And Grace can log in
