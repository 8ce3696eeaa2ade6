Feature: Reading the audit trail
  In order to know who did what, also when nobody owns up to it
  As an auditor
  I want to look it up in a trail that tells everything

  Background:
    Given Alan is an administrator
    And Root is an administrator
    And Ada, Grace and Mallory have accounts

  Scenario: Who suspended Ada
    Given Root suspended Ada yesterday
    And Root suspended Grace yesterday
    When Alan looks up what became of Ada
    Then he learns that Root suspended her

  Scenario: What Root has done
    Given Root suspended Ada yesterday
    And Alan suspended Grace yesterday
    When Alan looks up what Root has done
    Then he learns of Ada and not of Grace

  Scenario: What happened in a certain time
    Given Root suspended Ada yesterday
    And Root suspended Grace today
    When Alan looks up what happened today
    Then he learns of Grace and not of Ada

  Scenario: What somebody only tried
    Given Mallory tried to delete Ada's account
    When Alan looks up who tried what they may not
    Then he learns that Mallory did

  Scenario: The trail is not for everybody
    When Mallory looks up what became of Ada
    Then she is told that she may not do this
