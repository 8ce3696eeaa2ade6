Feature: Coming from another system
  In order that a new service costs me nothing
  As someone whose account was kept elsewhere before
  I want to log in with the password I always had

  Background:
    Given Ada and Grace have accounts

  @inside
  Scenario Outline: The password is the one of before, kept there with <function>
    Given Ada has brought her password from a system that used <function>
    When Ada logs in
    Then she is recognised as Ada
    And her password is kept as all others are
    And Ada can log in

    Examples:
      | function                  |
      | argon2i                   |
      | bcrypt 2y                 |
      | bcrypt of SHA-256, Django |
      | scrypt, Werkzeug          |
      | PBKDF2-SHA256, Django     |
      | PBKDF2-SHA512, passlib    |
      | SHA-512-crypt             |

  @inside
  Scenario: Another password is still wrong
    Given Ada has brought her password from a system that used bcrypt 2y
    When Ada gives a wrong password
    Then she is told that the name or the password is wrong

  @inside
  Scenario: Nobody waits for what another system was ready to wait for
    Given Ada has brought a password that takes a minute to check
    When Ada logs in
    Then she is told that the name or the password is wrong
