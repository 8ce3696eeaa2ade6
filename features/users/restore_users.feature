@users @since:0.1
Feature: Restore deleted users
  In order that a deletion by mistake does no harm
  As an administrator
  I want to restore deleted accounts

  Background:
    Given Root is an administrator
    And Ada and Grace have accounts

  Rule: A deleted account can be restored for 30 days

    Scenario: Root lists the deleted users
      Given Ada's account is deleted
      When Root lists the deleted users
      Then Root sees exactly the user Ada

    @local
    Scenario: Root restores an account after 29 days
      Given Ada's account was deleted 29 days ago
      And the service has purged deleted users
      When Root restores Ada's account
      Then Ada can log in
      And Ada's session has ended

    @local
    Scenario: Root restores an account after 31 days
      Given Ada's account was deleted 31 days ago
      And the service has purged deleted users
      When Root restores Ada's account
      Then Root sees the error "the user does not exist"

  Rule: An account cannot be restored if another user has its username

    Scenario: Adele has Ada's username
      Given Ada's account is deleted
      And Adele has registered Ada's username
      When Root restores Ada's account
      Then Root sees the error "the username is already registered"

  Rule: Only deleted accounts can be restored

    Scenario: Root restores an account that is not deleted
      When Root restores Grace's account
      Then Root sees the error "the user does not exist"
