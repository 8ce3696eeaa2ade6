@registration @since:0.1 @C-01
Feature: Repeat a registration
  In order to get exactly one account over an unreliable connection
  As a new user whose app repeats a request that got no response
  I want a repeated registration to have no further effect

  Background:
    Given Ada has no account

  Rule: A repeated request with the same idempotency key gets the first response for 24 hours, by default

    Scenario: The first response was lost
      Given Ada's app has registered Ada, but the response was lost
      When Ada's app repeats the request with the same idempotency key
      Then Ada's app sees the response that was lost
      And Ada can log in

    @local
    Scenario: 23 hours have passed
      Given Ada's app has registered Ada, but the response was lost
      And 23 hours have passed
      When Ada's app repeats the request with the same idempotency key
      Then Ada's app sees the response that was lost

    @local
    Scenario: 24 hours have passed
      Given Ada's app has registered Ada, but the response was lost
      And 24 hours have passed
      When Ada's app repeats the request with the same idempotency key
      Then Ada's app sees the error "the username is already registered"

  Rule: An idempotency key belongs to one request

    Scenario: The key is used for another request
      Given Ada's app has registered Ada, but the response was lost
      And Grace has no account
      When Ada's app registers Grace with the same idempotency key
      Then Ada's app sees the error "the idempotency key belongs to another request"
      And Grace cannot log in

  Rule: An idempotency key can be used again after an error

    Scenario: The request is corrected
      Given Grace has an account
      And Ada's app has tried to register Ada with Grace's username
      When Ada's app repeats the request with the same idempotency key and Ada's own username
      Then Ada can log in
