@password_reset @since:0.2
Feature: Send a user the mail for a new password
  In order that no password is ever given on the phone
  As an administrator
  I want to send a user the mail with which the user chooses a new password

  Background:
    Given Root is an administrator
    And Ada has an account

  @V-07 @local
  Rule: The mail goes to the user, and the administrator learns nothing that opens the account

    Scenario: Root sends Ada the mail
      When Root sends Ada the mail about a forgotten password
      Then Ada gets one mail about a forgotten password
      And Root does not see the link

  @A-07
  Rule: Only an administrator who has the permissions of the user sends it

    Scenario: Grace has no permission
      Given Grace has an account
      When Grace sends Ada the mail about a forgotten password
      Then Grace sees the error "the permission is missing"

    Scenario: Hedy sends the mail to an administrator
      Given Hedy has an account with the permission "users:credentials"
      When Hedy sends Root the mail about a forgotten password
      Then Hedy sees the error "the permission is missing"

  Rule: A suspended user gets no mail

    Scenario: Root sends it to a suspended user
      Given Grace has a suspended account
      When Root sends Grace the mail about a forgotten password
      Then Root sees the error "the user is suspended"
