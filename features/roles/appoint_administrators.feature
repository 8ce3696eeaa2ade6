Feature: Appointing administrators
  In order that there is always somebody who looks after the accounts
  As an administrator
  I want to hand on what I may do, and never to lose it for all of us

  Background:
    Given Root is an administrator
    And Ada has an account

  Scenario: Appointing somebody
    When Root makes Ada an administrator
    Then Ada may look at everybody's accounts

  Scenario: Dismissing somebody
    Given Grace is an administrator
    When Root makes Grace an ordinary person
    Then Grace may no longer look at everybody's accounts

  Scenario Outline: The last administrator <leaves>
    When Root <does>
    Then Root is told that the last administrator has to stay
    And Root may look at everybody's accounts

    Examples:
      | leaves       | does                           |
      | steps down   | makes Root an ordinary person  |
      | is suspended | suspends Root                  |
      | is deleted   | deletes Root's account         |

  Scenario: One of two administrators steps down
    Given Grace is an administrator
    When Root makes Root an ordinary person
    Then Root may no longer look at everybody's accounts
