@user_search @since:0.1
Feature: Search users by metadata
  In order to find the users with a property that only my application knows
  As an administrator
  I want to search users by their metadata

  Rule: Administrators search users by app metadata

    Scenario: Root searches by app metadata
      Given Root is an administrator
      And Ada and Grace have accounts
      And "plan" is "gold" in Ada's app metadata
      And "plan" is "silver" in Grace's app metadata
      When Root searches the app metadata for "plan" as "gold"
      Then Root sees exactly the user Ada
