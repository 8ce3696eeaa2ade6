@users @since:0.1
Feature: Accounts that were restored
  In order that a restored user can work as before, and no more
  As an administrator
  I want an account to return as it was when it was deleted

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: A restored user has the same roles, and may still be suspended

    Scenario: Ada had a role
      Given the role "support" has the permission "users:read"
      And Ada has the role "support"
      And Ada's account is deleted
      When Root restores Ada's account
      Then Root sees that Ada has the roles "support user"

    Scenario: Ada was suspended
      Given Root has suspended Ada because "Her key was stolen"
      And Ada's account is deleted
      When Root restores Ada's account
      Then Root sees the reason "Her key was stolen" in Ada's account
      And Ada cannot log in

  @local
  Rule: An account is deleted for good when the operator purges deleted users, and not by itself

    Scenario: The operator has not purged deleted users for 45 days
      Given Ada's account was deleted 45 days ago
      When Root restores Ada's account
      Then Ada can log in
