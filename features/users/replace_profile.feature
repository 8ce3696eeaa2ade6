@users @since:0.1
Feature: Replace a profile
  In order that an account is exactly as another system of ours describes it
  As an administrator
  I want to replace all members of a profile at once

  Background:
    Given Root is an administrator
    And Ada has an account
    And Ada has the display name "Countess"

  Rule: A replacement removes the members that it leaves out

    Scenario: The new profile has no display name
      When Root replaces Ada's profile by her names only
      Then Ada has no display name
      And Ada can log in

  Rule: A replacement follows the rules of other changes

    Scenario: Another user has the e-mail address
      Given Grace has an account
      When Root replaces Ada's profile with Grace's e-mail address
      Then Root sees the error "the e-mail address is already registered"
      And Ada has the display name "Countess"

    @A-03
    Scenario: Ada replaces her own profile
      When Ada replaces Ada's profile by her names only
      Then Ada sees the error "the permission is missing"
      And Ada has the display name "Countess"
