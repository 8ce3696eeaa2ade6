@login @since:0.1 @alone
Feature: Log in after an import
  In order to keep my password when an organisation migrates to Rollbook
  As a user of the previous system
  I want to log in with the password hash that the previous system stored

  Background:
    Given Ada and Grace have accounts

  @P-07
  Rule: The first login accepts the imported hash, and replaces it with an argon2id hash

    Scenario Outline: The password hash is of <function>
      Given Ada was imported with a password hash of <function>
      And Root is an administrator
      When Ada logs in
      Then Ada is logged in
      And Root sees in an export that Ada's password is hashed like Grace's
      And Ada can log in

      Examples:
        | function                     |
        | argon2i                      |
        | argon2id, Django             |
        | bcrypt 2y                    |
        | bcrypt of SHA-256, Django    |
        | bcrypt of SHA-384, WordPress |
        | bcrypt, Spring               |
        | phpass, WordPress            |
        | scrypt, Werkzeug             |
        | PBKDF2-SHA256, Django        |
        | PBKDF2-SHA512, passlib       |
        | SHA-1, LDAP                  |
        | SHA-256, Werkzeug            |
        | SHA-512-crypt                |

    Scenario: The password is wrong
      Given Ada was imported with a password hash of bcrypt 2y
      When Ada logs in with a wrong password
      Then Ada sees the error "the username or the password is wrong"
