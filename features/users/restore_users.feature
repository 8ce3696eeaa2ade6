Feature: Restoring people
  In order that a mistake, or a change of mind, costs nobody their account
  As an administrator
  I want to bring back who was deleted, for a while

  Background:
    Given Root is an administrator
    And Ada has an account
    And Ada's account has been deleted

  Scenario: Somebody who is deleted is gone
    Then Ada cannot log in
    And Root can no longer find Ada

  Scenario: Finding who can be restored
    When Root lists the deleted people
    Then Root finds Ada

  Scenario: Restoring somebody
    When Root restores Ada's account
    Then Ada can log in
    And Ada has to log in again

  Scenario: Restoring somebody whose name is taken
    Given Adele has an account by Ada's username
    When Root restores Ada's account
    Then Root is told that the username is taken

  Scenario: Restoring somebody who is not deleted
    Given Grace has an account
    When Root restores Grace's account
    Then Root is told that there is no such person

  Scenario: Deleting one's own account
    Given Grace has an account
    When Grace deletes her own account
    Then Grace cannot log in
    And Root can no longer find Grace

  Scenario: The last administrator stays
    When Root deletes his own account
    Then Root is told that the last administrator has to stay

  @inside
  Scenario: After a month
    Given 31 days have passed, and who was deleted has been purged
    When Root restores Ada's account
    Then Root is told that there is no such person
