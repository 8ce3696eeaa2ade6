Feature: Changing a password
  In order to shut out whoever has found out my password
  As someone with an account
  I want to choose a new one, which ends what was begun with the old one

  Background:
    Given Ada has an account
    And Ada is also logged in on her phone

  Scenario: Choosing a new password
    When Ada changes her password to "an engine that weaves algebra"
    Then Ada can log in with "an engine that weaves algebra"
    And Ada cannot log in with her old password

  Scenario: Other devices are shut out
    When Ada changes her password to "an engine that weaves algebra"
    Then her phone has to log in again
    And she goes on where she is

  Scenario: Without knowing the present password
    When somebody at Ada's desk changes her password
    Then they are told that the present password is wrong
    And Ada can log in
    And her phone is still logged in

  Scenario: A new password that is easy to guess
    When Ada changes her password to "qwertyuiop123"
    Then she is told that the password is too easy to guess
    And Ada can log in
