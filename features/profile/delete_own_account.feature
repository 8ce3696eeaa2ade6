@profile @since:0.1
Feature: Delete my own account
  In order to leave a service that I no longer use
  As a user
  I want to delete my account

  Background:
    Given Root is an administrator
    And Grace has an account

  @A-08
  Rule: A deleted account no longer exists for its user and for administrators

    Scenario: Grace deletes her account
      When Grace deletes her own account
      Then Grace cannot log in
      And Grace's session has ended
      And Root sees no account of Grace

  @S-10 @local
  Rule: The deletion needs the password of the last 10 minutes, by default

    Scenario: Grace entered the password 9 minutes ago
      Given Grace entered the password 9 minutes ago
      When Grace deletes her own account
      Then Grace cannot log in

    Scenario: Grace entered the password 11 minutes ago
      Given Grace entered the password 11 minutes ago
      When Grace deletes her own account
      Then Grace sees the error "the password must be confirmed"
      And Grace can log in

    Scenario: Grace confirms the password
      Given Grace entered the password 11 minutes ago
      And Grace has confirmed the password
      When Grace deletes her own account
      Then Grace cannot log in

  @A-07 @alone
  Rule: The last administrator cannot be removed

    Scenario: The last administrator deletes his account
      When Root deletes his own account
      Then Root sees the error "the last administrator cannot be removed"
      And Root can log in
