@users @since:0.1 @A-03
Feature: Account privacy
  In order that other users neither see nor change my account
  As a user
  I want users without permissions to be limited to their own accounts

  Background:
    Given Root is an administrator
    And Ada and Grace have accounts
    And Alan has no account

  Rule: A user reads the own account

    Scenario: Ada reads her own account
      When Ada reads Ada's account
      Then Ada sees Ada's e-mail address

  Rule: A user without permissions cannot do what administrators do with accounts, not even with the own one

    Scenario Outline: Ada <acts>
      Given Root has listed all accounts
      When Ada <acts>
      Then Ada sees the error "the permission is missing"
      And Root sees that no account has changed

      Examples:
        | acts                                               |
        | lists all users                                    |
        | reads Grace's account                              |
        | changes Grace's e-mail address to "a@example.net"  |
        | changes Ada's e-mail address to "a@example.net"    |
        | creates an account for Alan                        |
        | suspends Grace                                     |
        | deletes Grace's account                            |
        | deletes Ada's account                              |
        | makes Ada an administrator                         |

  Rule: A user without permissions cannot find out whether an account exists

    Scenario: The account is deleted
      Given Grace's account is deleted
      When Ada reads Grace's account
      Then Ada sees the error "the permission is missing"
