@user_search @since:0.1 @alone
Feature: Read the users in pages
  In order to show thousands of users without waiting for all of them
  As an administrator
  I want to read the list of users page by page

  Background:
    Given Root is an administrator
    And the service has 105 users

  @H-07
  Rule: A page has 20 users, and at most 100 on request

    Scenario: Root names no size
      When Root lists all users
      Then Root sees 20 users

    Scenario: Root requests the maximum size
      When Root lists all users in pages of 100 users
      Then Root sees 105 different users, on 2 pages

    Scenario: Root requests a larger size
      When Root requests a page of 101 users
      Then Root sees the error "the page is too large"
