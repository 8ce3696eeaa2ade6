@metadata @since:0.1
Feature: User metadata and app metadata
  In order to store small settings without a database of my own
  As the developer of an application
  I want to store metadata in the accounts of my users

  Background:
    Given Root is an administrator
    And Ada and Grace have accounts

  Rule: Users change their own user metadata, up to 16 KiB

    Scenario: Ada stores a setting
      When Ada sets "theme" to "dark" in her user metadata
      Then Ada sees "theme" as "dark" in her user metadata

    Scenario: The metadata has the maximum size
      When Ada stores user metadata of 16 KiB
      Then Ada sees all of her user metadata

    Scenario: The metadata is too large
      When Ada stores user metadata of 16 KiB and 1 byte
      Then Ada sees the error "the metadata is too large"
      And Ada sees no user metadata

  @A-04
  Rule: Only administrators change app metadata, and the user sees it

    Scenario: Root stores a property of Ada
      When Root sets "plan" to "gold" in Ada's app metadata
      Then Ada sees "plan" as "gold" in her app metadata

    Scenario: Ada changes her own app metadata
      When Ada sets "plan" to "gold" in Ada's app metadata
      Then Ada sees the error "the permission is missing"
      And Ada sees no app metadata
