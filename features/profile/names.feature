@profile @since:0.1 @H-02
Feature: Names that deceive
  In order that no other user can pretend to be me
  As a user
  I want names that look like another one to be rejected

  Background:
    Given Ada has an account

  Rule: A display name has no invisible characters

    Scenario Outline: Ada changes her display name to one with <character>
      When Ada changes her display name to one with <character>
      Then Ada sees the error "the name has characters that are not permitted"
      And Ada has no display name

      Examples:
        | character          |
        | an invisible space |
        | a soft hyphen      |

    Scenario: A display name with an emoji
      When Ada changes her display name to "Ada 👩‍💻"
      Then Ada has the display name "Ada 👩‍💻"
