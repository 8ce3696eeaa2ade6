@sessions @since:0.1 @S-06
Feature: Log out
  In order that the next person at my device does not use my account
  As a user
  I want to log out on this device, on my other devices or on all of them

  Background:
    Given Ada has an account
    And Ada is logged in on her phone
    And Ada is logged in on her laptop

  Rule: A logout ends the sessions immediately

    Scenario Outline: Ada logs out on <devices>
      When Ada logs out on <devices>
      Then Ada's phone is <phone>
      And Ada's laptop is <laptop>

      Examples:
        | devices                      | phone      | laptop     |
        | her phone                    | logged out | logged in  |
        | all devices except her phone | logged in  | logged out |
        | all devices from her phone   | logged out | logged out |

  Rule: A repeated logout succeeds and ends no further session

    Scenario Outline: Ada logs out on <devices> a second time
      Given Ada has logged out on her phone
      When Ada logs out on <devices>
      Then Ada's phone sees no error
      And Ada's laptop is logged in

      Examples:
        | devices                    |
        | her phone                  |
        | all devices from her phone |
