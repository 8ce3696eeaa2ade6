@transfer @since:0.2
Feature: Repeat an import
  In order that both systems can run side by side until the day of the change
  As an administrator
  I want to import the users again, and decide whether existing users are changed

  Background:
    Given Root is an administrator

  Rule: An import changes an existing user only on request

    Scenario: The previous system has another display name
      Given Ada has an account
      When Root imports Ada with the display name "Countess"
      Then Root sees that row 1 is in conflict because its "display_name" differs
      And Ada has no display name

    Scenario: Root requests the update
      Given Ada has an account
      When Root imports Ada with the display name "Countess", and requests the update
      Then Root sees that 1 user is updated
      And Ada has the display name "Countess"

    Scenario: Another user has the username
      Given Ada has an account
      When Root imports a user with the username of Ada and another e-mail address, and requests the update
      Then Root sees that row 1 is in conflict because its "email" differs
      And Ada has her own e-mail address
