@api_keys @since:0.2
Feature: Create an API key
  In order that a program can work for me while I am not logged in
  As a user
  I want to give it an API key that may do no more than it needs

  Background:
    Given Ada has an account with the permission "users:read"

  @K-01
  Rule: An API key is shown once

    Scenario: Ada creates an API key
      When Ada creates the API key "Report" with the permission "users:read"
      Then Ada sees the API key "Report"
      And later Ada sees only the last 4 characters of it

  @K-02
  Rule: An API key belongs to the user who creates it, and has only permissions that this user has

    Scenario: Ada wants a permission that she does not have
      When Ada creates the API key "Report" with the permission "audit:read"
      Then Ada sees the error "the permission is missing"

  @K-04
  Rule: An API key of a user expires after a year at the latest

    Scenario Outline: Ada wants an API key for <days> days
      When Ada creates the API key "Report" for <days> days
      Then Ada sees <result>

      Examples:
        | days | result                                      |
        | 365  | no error                                    |
        | 366  | the error "the expiry is too far away"      |

  @K-03 @local
  Rule: A user confirms the password first, if that was more than 10 minutes ago

    Scenario: Ada entered the password 11 minutes ago
      Given Ada entered the password 11 minutes ago
      When Ada creates the API key "Report" with the permission "users:read"
      Then Ada sees the error "the password must be confirmed"

  Rule: A user has at most 20 API keys

    Scenario: Ada has 20 API keys
      Given Ada has 20 API keys
      When Ada creates the API key "Report" with the permission "users:read"
      Then Ada sees the error "there are too many API keys"
