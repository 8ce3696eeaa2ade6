@login @since:0.1
Feature: Log in
  In order to use applications that authenticate their users with Rollbook
  As a user
  I want to log in with my username or my e-mail address, and my password

  Background:
    Given Ada and Grace have accounts

  Rule: A user logs in with the username or the e-mail address, in any letter case

    Scenario Outline: Ada logs in with her <identifier>
      When Ada logs in with her <identifier>
      Then Ada is logged in

      Examples:
        | identifier                        |
        | username                          |
        | e-mail address                    |
        | username and e-mail address       |
        | username in capital letters       |
        | e-mail address in capital letters |

  Rule: A username and an e-mail address that are sent together belong to the same user

    Scenario: Ada logs in with the e-mail address of another user
      When Ada logs in with her username and Grace's e-mail address
      Then Ada sees the error "the username or the password is wrong"
