@registration @since:0.1
Feature: Password policy at registration
  In order to keep other people out of my account
  As a new user
  I want weak passwords to be rejected

  Background:
    Given Grace has no account

  @P-01
  Rule: A password has at least 12 characters, by default

    Scenario: A password of 12 characters
      When Grace registers with the password "moths relay!"
      Then Grace can log in with the password "moths relay!"

    Scenario: A password of 11 characters
      When Grace registers with the password "moths relay"
      Then Grace sees the error "the password is too short"
      And Grace cannot log in with the password "moths relay"

  @P-03
  Rule: A password needs neither digits nor capital letters

    Scenario: A password of words in lower case
      When Grace registers with the password "the moth in the relay"
      Then Grace can log in with the password "the moth in the relay"

  @P-05
  Rule: A password is neither common nor contains the name of the user or of the service

    @alone
    Scenario Outline: A password that <weakness>
      When Grace registers with the password "<password>"
      Then Grace sees the error "the password is too common"
      And Grace cannot log in with the password "<password>"

      Examples:
        | weakness                         | password             |
        | is on the list of common ones    | qwertyuiop123        |
        | contains the username            | grace in the navy    |
        | contains the name of the service | my rollbook password |
