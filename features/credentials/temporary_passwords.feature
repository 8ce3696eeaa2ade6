@credentials @since:0.2 @local @B-32
Feature: Help users who lost their password
  In order that a user who lost the password can work again today
  As an administrator
  I want to give the user a temporary password that only opens the way to a new one

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: A temporary password is shown once, and replaces the lost one

    Scenario: Root gives Ada a temporary password
      When Root gives Ada a temporary password
      Then Root sees the temporary password
      And Ada can log in with the temporary password
      And Ada cannot log in with her old password
      And Ada's session has ended

  Rule: After a login with a temporary password, the user can only choose a new password

    Scenario: Ada tries something else first
      Given Root has given Ada a temporary password
      And Ada has logged in with the temporary password
      When Ada changes her display name
      Then Ada sees the error "a new password must be chosen first"

    Scenario: Ada chooses a new password
      Given Root has given Ada a temporary password
      And Ada has logged in with the temporary password
      When Ada chooses a new password
      Then Ada is logged in with the new password
      And Ada cannot log in with the temporary password

  Rule: A temporary password works for 7 days

    Scenario: Ada comes too late
      Given Root has given Ada a temporary password
      And 7 days have passed
      When Ada logs in with the temporary password
      Then Ada sees the error "the username or the password is wrong"

  Rule: Other services do not accept a user who has to choose a new password

    Scenario: Ada goes to the Shop first
      Given Root has given Ada a temporary password
      And Ada has logged in with the temporary password
      And the Shop has an account with the permission "tokens:introspect"
      When the Shop asks whether Ada's token is active
      Then the Shop sees that the token is not active
