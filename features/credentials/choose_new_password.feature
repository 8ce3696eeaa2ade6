@credentials @since:0.2 @case-B-32
Feature: Choose a new password
  In order that only I know my password again
  As a user who has a temporary password
  I want to choose a new password before I do anything else

  Background:
    Given Root is an administrator
    And Ada has an account
    And Root has given Ada a temporary password
    And Ada has logged in with the temporary password

  Rule: A new password replaces the temporary password

    Scenario: Ada chooses a new password
      When Ada chooses a new password
      Then Ada is logged in with the new password
      And Ada cannot log in with the temporary password

    Scenario: Ada wants to keep the temporary password
      When Ada chooses the temporary password as the new password
      Then Ada sees the error "the new password is the current password"

  Rule: A user who has a temporary password can only choose a new one, read the own account and log out

    Scenario Outline: Ada <acts> too early
      When Ada <acts> before she chooses a new password
      Then Ada sees the error "a new password must be chosen first"

      Examples:
        | acts                         |
        | changes her display name     |
        | lists her sessions           |
        | deletes her own account      |
        | refreshes the session        |
        | reads the protected greeting |

    Scenario Outline: Ada <acts> before she chooses a new password
      When Ada <acts> before she chooses a new password
      Then Ada sees no error

      Examples:
        | acts                  |
        | reads her own account |
        | logs out              |

  Rule: Other services do not accept a user who has to choose a new password

    Scenario: Ada goes to the Shop first
      Given the Shop has an account with the permission "tokens:introspect"
      When the Shop introspects Ada's token
      Then the Shop sees that the token is not active
