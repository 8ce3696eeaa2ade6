@user_search @since:0.1 @alone
Feature: List and search users
  In order to find an account among thousands
  As an administrator
  I want to search, sort and page through the users

  Background:
    Given Root is an administrator
    And Ada and Alan have accounts
    And Ada has the display name "Countess of Lovelace"
    And Grace has a suspended account

  Rule: The list contains all users, and their number on request

    Scenario: Root lists all users
      When Root lists all users with their number
      Then Root sees exactly the users Root, Ada, Grace and Alan
      And Root sees that there are 4 users

  @case-B-31
  Rule: Filters combine, and a search finds words anywhere in the names and the e-mail address

    Scenario Outline: Root searches for <users>
      When Root searches for <users>
      Then Root sees exactly the users <found>

      Examples:
        | users                    | found                     |
        | the word "a"             | Ada and Alan              |
        | the word "COUNT"         | Ada                       |
        | the word "lovelace"      | Ada                       |
        | the words "love ada"     | Ada                       |
        | the word "grace@"        | Grace                     |
        | an empty text            | Root, Ada, Grace and Alan |
        | the domain "example.org" | Root, Ada, Grace and Alan |
        | suspended users          | Grace                     |
        | suspended users with the word "grace" | Grace        |
        | administrators           | Root                      |

    Scenario: No user matches
      When Root searches for suspended users with the word "a"
      Then Root sees no users

  Rule: A list is sorted and split into pages

    Scenario: Root sorts the list
      When Root lists all users in descending order of their usernames
      Then Root sees the users in the order Root, Grace, Alan, Ada

    @H-07
    Scenario: Root reads page after page
      When Root lists all users in pages of 3 users
      Then Root sees every user once, on 2 pages of at most 3 users
