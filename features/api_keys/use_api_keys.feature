@api_keys @since:0.2 @K-03
Feature: Use an API key
  In order that a stolen API key does little harm
  As a user
  I want a program with it to do only what I have allowed, and never to change my account

  Background:
    Given Ada has an account with the permission "users:read"
    And Ada has the API key "Report" with the permission "users:read"

  Rule: A program may do what both the API key and its owner may do

    Scenario: Ada's program lists users
      When Ada's program lists all users
      Then Ada's program sees no error

    Scenario: Ada has lost the permission since
      Given Root is an administrator
      And Root has removed the permission from Ada
      When Ada's program lists all users
      Then Ada's program sees the error "the permission is missing"

    Scenario: Ada is suspended
      Given Root is an administrator
      And Root has suspended Ada
      When Ada's program lists all users
      Then Ada's program sees the error "a login is required"

  Rule: A program cannot change the account, and cannot make another API key

    Scenario Outline: Ada's program <acts>
      When Ada's program <acts>
      Then Ada's program sees the error "a person has to log in"

      Examples:
        | acts                    |
        | changes the password    |
        | deletes the account     |
        | creates an API key      |
