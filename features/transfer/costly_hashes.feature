@transfer @since:0.1 @P-07
Feature: Import costly password hashes
  In order that the logins of few users do not delay those of all others
  As the operator of the service
  I want password hashes to be rejected that take too long to verify

  Background:
    Given Root is an administrator

  Rule: A row is rejected if its password hash takes too long to verify, such as bcrypt above cost 14

    Scenario: The password hash has the maximum cost
      When Root imports Grace with a bcrypt hash of cost 14
      Then Grace can log in

    Scenario: The password hash costs more
      When Root imports Grace with a bcrypt hash of cost 15
      Then Root sees that row 1 is rejected because its password hash costs too much
      And Grace cannot log in
