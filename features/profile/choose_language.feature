@profile @since:0.2
Feature: Choose the language
  In order to read mails and pages in a language that I know
  As a user
  I want to choose the language of my account

  Rule: A new account has the language of the app that registers it

    Scenario Outline: Ada registers with an app in <language>
      Given Ada has no account
      When Ada registers with an app in <language>
      Then <result>

      Examples:
        | language        | result                           |
        | Austrian German | the language of Ada is German    |
        | Icelandic       | the language of Ada is not known |

  Rule: A user can change the language

    Scenario: Ada chooses Brazilian Portuguese
      Given Ada has an account
      When Ada chooses Brazilian Portuguese
      Then the language of Ada is Brazilian Portuguese
