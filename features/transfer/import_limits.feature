@transfer @since:0.1
Feature: Limits of an import
  In order that an import neither stops the service nor gives away permissions
  As the operator of the service
  I want imports to be limited

  Background:
    Given Root is an administrator

  Rule: A request imports at most 10000 rows by default, and 8 MiB

    Scenario: The default limit
      When Root imports a file of 10001 rows
      Then Root sees the error "the file has too many rows"
      And Grace cannot log in

    Scenario: The file is too large
      When Root imports a file of 8 MiB and 1 byte
      Then Root sees the error "the file is too large"
      And Grace cannot log in

    @local
    Scenario: The operator has set another limit
      Given the operator has set the limit to 2 rows
      When Root imports a file of 3 rows
      Then Root sees the error "the file has too many rows"
      And Grace cannot log in

  @A-07
  Rule: A row assigns a role only if the user who imports it may assign the role

    Scenario: Hedy may import users, and nothing else
      Given Hedy has an account with the permission "users:import"
      When Hedy imports Grace with the role "admin"
      Then Hedy sees that Grace is rejected because of her role
      And Grace cannot log in
