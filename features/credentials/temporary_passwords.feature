@credentials @since:0.2 @case-B-32
Feature: Help users who lost their password
  In order that a user who lost the password can work again today
  As an administrator
  I want to give the user a temporary password that only opens the way to a new one

  Background:
    Given Root is an administrator
    And Ada has an account

  Rule: A temporary password is shown once, replaces the lost one and ends all sessions

    Scenario: Root gives Ada a temporary password
      Given Ada has logged in on another device
      When Root gives Ada a temporary password
      Then Root sees a temporary password, which Ada can log in with
      And Root does not see the temporary password when he reads Ada's account
      And Ada cannot log in with her old password
      And Ada's session has ended
      And the session on the other device has ended

  @local
  Rule: A temporary password works for 7 days, by default

    Scenario: 6 days have passed
      Given Root has given Ada a temporary password
      And 6 days have passed
      When Ada logs in with the temporary password
      Then Ada is logged in, and is asked for a new password

    Scenario: 7 days have passed
      Given Root has given Ada a temporary password
      And 7 days have passed
      When Ada logs in with the temporary password
      Then Ada sees the error "the username or the password is wrong"

  Rule: An administrator does not set the own password in this way

    Scenario: Root gives himself a temporary password
      When Root gives himself a temporary password
      Then Root sees the error "the account is the own account"
      And Root can log in

  @S-10 @local
  Rule: A temporary password needs the administrator's password of the last 10 minutes, by default

    Scenario: Root entered the password 11 minutes ago
      Given Root entered the password 11 minutes ago
      When Root gives Ada a temporary password
      Then Root sees the error "the password must be confirmed"
      And Ada can log in
