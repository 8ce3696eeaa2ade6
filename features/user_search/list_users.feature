Feature: Finding people
  In order to look after accounts, be they ten or a million
  As an administrator
  I want to find those I am looking for

  Background:
    Given Root is an administrator
    And Ada and Alan have accounts
    And Ada goes by the display name "Countess of Lovelace"
    And Grace is suspended

  Scenario: Listing everybody
    When Root lists the people
    Then Root finds Root, Ada, Grace and Alan

  Scenario Outline: Looking for <wanted>
    When Root looks for <wanted>
    Then Root finds <found>

    Examples:
      | wanted                                            | found         |
      | people whose name begins with "a"                 | Ada and Alan  |
      | people whose name begins with "COUNT"             | Ada           |
      | suspended people                                  | Grace         |
      | administrators                                    | Root          |
      | suspended people whose name begins with "a"       | nobody        |

  Scenario: Reading the list in order
    When Root lists the people by username, backwards
    Then Root reads Root, Grace, Alan, Ada in this order

  Scenario: Leafing through a long list
    When Root leafs through the list, two people to a page
    Then Root has met everybody once, on 2 pages

  Scenario: How many there are
    When Root asks how many people there are
    Then Root learns that there are 4
