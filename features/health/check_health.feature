@health @since:0.1
Feature: Check the health of the service
  In order that users reach only processes that can serve them
  As the operator of the service
  I want my load balancer to learn whether a process runs, and whether it can serve requests

  Rule: A process that can serve requests is alive and ready

    Scenario Outline: The load balancer asks whether the process is <state>
      When the load balancer asks whether the process is <state>
      Then the load balancer sees that it is

      Examples:
        | state |
        | alive |
        | ready |

  @local
  Rule: A process without a database is alive but not ready, so it gets no requests and is not restarted

    Scenario: The load balancer asks whether the process is ready
      Given the database does not respond
      When the load balancer asks whether the process is ready
      Then the load balancer sees the error "the service is not ready"
      And the load balancer sees that the database is "unavailable"
      And the load balancer sees when it can ask again

    Scenario: The load balancer asks whether the process without a database is alive
      Given the database does not respond
      When the load balancer asks whether the process is alive
      Then the load balancer sees that it is

  @local
  Rule: A process that cannot decrypt the signing key opens no session

    Scenario: The operator started the process with another encryption key
      Given Ada has an account
      And the operator has started the process with another encryption key
      When Ada logs in
      Then Ada sees the error "the signing key is locked"
      And Ada has no new session
