@transfer @since:0.1
Feature: Export users
  In order to move to another system or to keep a copy
  As an administrator
  I want to export the users, with their password hashes only if I need them

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: An export contains all users, and no password hash unless it is requested

    Scenario Outline: Root exports the users <hashes> password hashes
      When Root exports the users <hashes> password hashes
      Then Root sees Ada in the export, <hashes> a password hash

      Examples:
        | hashes  |
        | without |
        | with    |

  Rule: Password hashes need the permission "users:hashes"

    Scenario: Hedy may only export users
      Given Hedy has an account with the permission "users:export"
      When Hedy exports the users with password hashes
      Then Hedy sees the error "the permission is missing"

  @S-10 @local
  Rule: Password hashes need the password of the last 10 minutes, by default

    Scenario Outline: Root entered the password <minutes> minutes ago
      Given Root entered the password <minutes> minutes ago
      When Root exports the users with password hashes
      Then Root sees <result>

      Examples:
        | minutes | result                                       |
        | 9       | no error                                     |
        | 11      | the error "the password must be confirmed"   |
