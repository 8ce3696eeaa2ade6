@password_reset @since:0.2 @local
Feature: Rules for a password after a forgotten one
  In order that my account stays safe
  As a user
  I want the rules of the registration for the password that I choose with a link

  Background:
    Given Ada has an account
    And Ada has received a mail about a forgotten password

  @P-05
  Rule: A rejected password does not use up the link

    Scenario Outline: Ada chooses the password "<password>"
      When Ada chooses the password "<password>" with the link
      Then Ada sees the error "<error>"
      And the link still works

      Examples:
        | password            | error                      |
        | too short           | the password is too short  |
        | qwertyuiop123       | the password is too common |
        | rollbook rollbook   | the password is too common |
        | ada.ada.ada.ada.ada | the password is too common |
