@access @since:0.1 @N-01 @local
Feature: Rate limits
  In order that the service stays available to all users
  As the operator of the service
  I want each user to send a limited number of requests

  Background:
    Given Ada and Grace have accounts

  Rule: Each user may send 600 requests per minute, by default

    Scenario: The default limit
      Given the operator has set no limit
      When Ada reads the protected greeting
      Then Ada sees that she may send 600 requests per minute

    Scenario: Ada exceeds the limit
      Given the operator has set the limit to 3 requests per day
      And Ada has sent 3 requests today
      When Ada reads the protected greeting
      Then Ada sees the error "there were too many requests"
      And Ada sees that she can try again in at most 24 hours

  Rule: By default, an IP address may send 10 logins and 20 registrations per minute, and a user 10 password checks
    Users behind the same IP address share its logins and registrations. An operator of such a network needs a higher limit.

    Scenario Outline: Ada <acts>
      Given the operator has set no limit
      When Ada <acts>
      Then Ada sees that she may send <number> such requests per minute

      Examples:
        | acts                  | number |
        | logs in               | 10     |
        | registers             | 20     |
        | confirms the password | 10     |

  Rule: The requests of one user do not count for another user

    Scenario: Grace sends her first request
      Given the operator has set the limit to 3 requests per day
      And Ada has sent 3 requests today
      When Grace reads the protected greeting
      Then Grace sees a greeting with her username
