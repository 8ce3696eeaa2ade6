@mail @since:0.2 @local
Feature: Language of mails
  In order to understand a mail and to trust it
  As a user
  I want to get mails in my language

  Background:
    Given Ada has an account

  Rule: A mail is in the language of the account

    Scenario Outline: The language of Ada's account is <language>
      Given the language of Ada's account is <language>
      When Ada asks for a new password with an app in Icelandic
      Then Ada gets a mail with the subject "<subject>"

      Examples:
        | language             | subject                            |
        | Brazilian Portuguese | Escolha uma nova senha             |
        | Austrian German      | Wählen Sie ein neues Passwort      |
        | British English      | Choose a new password              |
        | Chinese              | 请设置新密码                             |
        | Mexican Spanish      | Elija una contraseña nueva         |
        | French               | Choisissez un nouveau mot de passe |

  Rule: If the language of the account is not known, that of the app is used, and English if the service does not have it

    Scenario Outline: Ada uses an app in <language>
      When Ada asks for a new password with an app in <language>
      Then Ada gets a mail with the subject "<subject>"

      Examples:
        | language        | subject                       |
        | Austrian German | Wählen Sie ein neues Passwort |
        | Icelandic       | Choose a new password         |
