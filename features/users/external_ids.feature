@users @since:0.2
Feature: Ids of other systems
  In order to find the account that belongs to a user of another system
  As an administrator
  I want to store the id that a user has there

  Background:
    Given Root is an administrator
    And Ada has the id "42" of "crm"

  Rule: An id of another system belongs to one user

    Scenario: Root searches for the id
      When Root searches for the id "42" of "crm"
      Then Root sees exactly the user Ada

    Scenario: Another user has the id
      Given Grace has an account
      When Root gives Grace the id "42" of "crm"
      Then Root sees the error "the external id belongs to another user"

    Scenario: A user of a third system has the same id
      Given Grace has an account
      When Root gives Grace the id "42" of "billing"
      Then Root sees no error
