Feature: Logging out
  In order that nobody goes on where I was
  As someone with an account
  I want to log out here, elsewhere or everywhere, at once

  Background:
    Given Ada has an account
    And Ada has logged in on her phone
    And Ada has logged in on her laptop

  Scenario Outline: Logging out <where>
    When Ada logs out <where> on her phone
    Then her phone is <phone> logged in
    And her laptop is <laptop> logged in

    Examples:
      | where      | phone     | laptop    |
      | here       | no longer | still     |
      | elsewhere  | still     | no longer |
      | everywhere | no longer | no longer |

  Scenario: Logging out twice is no mistake
    Given Ada has logged out here on her phone
    When Ada logs out here on her phone
    Then she is not turned away
    And her laptop is still logged in

  Scenario: Who has logged out logs out nobody else
    Given Ada has logged out here on her phone
    When Ada logs out everywhere on her phone
    Then she is not turned away
    And her laptop is still logged in
