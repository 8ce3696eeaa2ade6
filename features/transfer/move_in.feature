@transfer @since:0.2
Feature: Move in from another system
  In order that our users keep their accounts and passwords when we replace the previous system
  As an administrator
  I want to import the users as that system exports them, and to know before what happens

  Background:
    Given Root is an administrator

  Rule: The file is accepted as the usual programs write it

    Scenario Outline: Root imports a file of <program>
      When Root imports Grace from a file of <program>
      Then Grace can log in

      Examples:
        | program                         |
        | a spreadsheet with semicolons   |
        | a spreadsheet with Unicode text |
        | a database, with empty values   |
        | a program that writes one list  |

    Scenario: The file is not a list of users
      When Root imports a workbook of a spreadsheet
      Then Root sees that the file is "an Excel workbook", and how to save it
      And Grace cannot log in

  Rule: A user needs an e-mail address, but no username

    Scenario: The previous system had no usernames
      When Root imports Grace without a username
      Then Grace can log in with the e-mail address

  Rule: A user without a password hash has an account, but cannot log in yet

    Scenario: The previous system does not export passwords
      When Root imports Grace without a password
      Then Root sees that 1 user has no password
      And Root sees that Grace has an account
      And Grace cannot log in

  Rule: The id of the previous system is kept

    Scenario: Another service knows users by their previous id
      When Root imports Grace with the id "auth0|42" of "auth0"
      Then Root finds Grace by the id "auth0|42" of "auth0"
