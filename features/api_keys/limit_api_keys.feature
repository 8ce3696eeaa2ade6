@api_keys @since:0.2 @K-03
Feature: Limit the use of an API key
  In order that a stolen API key does little harm
  As a user
  I want to decide how often and from where it works

  Background:
    Given Ada has an account

  Rule: An API key can have a lower limit of its own

    Scenario: Ada's program sends one request more
      Given Ada has the API key "Slow" with a limit of 3 requests per minute
      And Ada's program has sent 3 requests with the API key "Slow"
      When Ada's program reads Ada's account with the API key "Slow"
      Then Ada's program sees the error "there were too many requests"

  Rule: An API key works only in the networks that its owner has named

    Scenario: Ada's program runs elsewhere
      Given Ada has the API key "Office" for the network "192.0.2.0/24"
      When Ada's program reads Ada's account with the API key "Office"
      Then Ada's program sees the error "a login is required"
