@oauth @since:0.2
Feature: Revoke the access tokens of programs
  In order that an access token which was found in the wrong place does no harm
  As the developer of a program
  I want the program and the administrators to revoke it

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"
    And the program "Nightly sync" has a client secret
    And the program "Nightly sync" has an access token

  Rule: A program revokes its own access tokens

    Scenario: The program needs the access token no more
      When the program "Nightly sync" revokes its access token
      Then the access token of "Nightly sync" does not work

  Rule: A program revokes no access token of another program

    Scenario: Another program knows the access token
      Given the service account "Backup" has the role "support"
      And the program "Backup" has a client secret
      When the program "Backup" revokes the access token of "Nightly sync"
      Then the access token of "Nightly sync" works

  Rule: An administrator revokes the access token of a program

    Scenario: Root has found the access token in a log file
      When Root revokes the access token of the program "Nightly sync"
      Then the access token of "Nightly sync" does not work
