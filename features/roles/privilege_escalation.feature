@roles @since:0.1 @A-07
Feature: Privilege escalation
  In order that users who manage roles do not give themselves more permissions
  As an administrator
  I want users to manage only permissions that they have themselves

  Background:
    Given Root is an administrator
    And Ada and Grace have accounts
    And the role "support" has the permission "users:read"
    And the role "auditor" has the permission "audit:read"
    And the role "personnel" has the permissions "roles:read roles:write users:read users:write"
    And Ada has the role "personnel"

  Rule: A user assigns a role if the user has all of its permissions

    Scenario: Ada has all permissions of the role
      When Ada assigns the role "support" to Grace
      Then Grace can list all users

    Scenario Outline: Ada lacks a permission of the role that she assigns
      When Ada <acts>
      Then Ada sees the error "the permission is missing"
      And Ada sees that she needs the permission "<permission>"

      Examples:
        | acts                                | permission    |
        | assigns the role "admin" to Ada     | api_keys:read |
        | assigns the role "auditor" to Grace | audit:read    |
        | removes the role "admin" from Root  | api_keys:read |

  Rule: A user changes a role if the user has its permissions, before and after the change

    Scenario Outline: Ada lacks a permission of the role that she changes
      When Ada <acts>
      Then Ada sees the error "the permission is missing"
      And Ada sees that she needs the permission "audit:read"

      Examples:
        | acts                                                    |
        | defines the role "friends" with the permission "audit:read" |
        | changes the role "support" to the permission "audit:read"   |
        | changes the role "auditor" to no permissions            |
        | deletes the role "auditor"                              |

  Rule: A user changes an account if the user has all of its permissions
    There is one exception: the permission "tokens:revoke" is enough to end the session of any access token that the user has.

    Scenario Outline: Ada lacks a permission of the user whom she changes
      When Ada <acts>
      Then Ada sees the error "the permission is missing"
      And Ada sees that she needs the permission "api_keys:read"

      Examples:
        | acts                                               |
        | suspends Root                                      |
        | deletes Root's account                             |
        | changes Root's e-mail address to "ada@example.net" |
