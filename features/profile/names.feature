@profile @since:0.1 @H-02
Feature: Invisible characters in names
  In order that names do not hide what they contain
  As a user
  I want display names with invisible characters to be rejected

  Background:
    Given Ada has an account

  Rule: A display name has no invisible characters, but need not be unique

    Scenario Outline: Ada changes her display name to one with <character>
      When Ada changes her display name to one with <character>
      Then Ada sees the error "the name has characters that are not permitted"
      And Ada has no display name

      Examples:
        | character          |
        | an invisible space |
        | a soft hyphen      |

    Scenario: Another user has the same display name
      Given Grace has an account
      And Grace has the display name "Countess"
      When Ada changes her display name to "Countess"
      Then Ada has the display name "Countess"

    Scenario: A display name with an emoji
      When Ada changes her display name to "Ada 👩‍💻"
      Then Ada has the display name "Ada 👩‍💻"
