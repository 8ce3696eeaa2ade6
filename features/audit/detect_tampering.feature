Feature: Noticing tampering
  In order to rely on the audit trail
  As an auditor
  I want to notice when somebody has changed what it tells

  Background:
    Given Root is an administrator
    And Ada, Grace and Hedy have accounts
    And Root suspended Ada yesterday
    And Root suspended Grace yesterday
    And the trail has been sealed, and the seal been noted

  Scenario: A trail that is untouched
    When the trail is verified
    Then nothing is found wrong

  Scenario: A trail that has grown since
    Given Root suspended Hedy today
    When the trail is verified
    Then nothing is found wrong
    And one event is not sealed yet

  Scenario Outline: When <deed>
    Given <deed>
    When the trail is verified
    Then it is noticed

    Examples:
      | deed                                                |
      | somebody has put the blame for Ada on another       |
      | somebody has taken out what became of Ada           |
      | somebody has cut off the end                        |
      | somebody has changed it and sealed it anew          |
