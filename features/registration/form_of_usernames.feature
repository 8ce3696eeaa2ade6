@registration @since:0.1 @alone
Feature: Form of usernames
  In order that users can read and enter each username
  As the operator of the service
  I want new usernames to have a simple form

  Background:
    Given Ada has no account

  Rule: By default, a new username has 3 to 32 characters

    Scenario Outline: A username of <number> characters
      When Ada registers with a username of <number> characters
      Then Ada sees <result>

      Examples:
        | number | result                                |
        | 2      | the error "the username is too short" |
        | 3      | no error                              |
        | 32     | no error                              |
        | 33     | the error "the username is too long"  |

  Rule: By default, a new username consists of letters from A to Z, digits, dots, hyphens and underscores

    Scenario Outline: Ada registers with the username "<username>"
      When Ada registers with the username "<username>"
      Then Ada sees <result>

      Examples:
        | username   | result                                                       |
        | Ada.1-2_3  | no error                                                     |
        | Ada King   | the error "the username has characters that are not permitted" |
        | Adélaïde   | the error "the username has characters that are not permitted" |
