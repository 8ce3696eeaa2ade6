@email_verification @since:0.2 @R-07 @local
Feature: Keep out users who have not confirmed their e-mail address
  In order that no stranger uses an account with my e-mail address, or learns that I have none
  As the owner of an e-mail address
  I want an account to be closed until I have confirmed the address

  Background:
    Given the operator requires confirmed e-mail addresses
    And Grace has no account
    And Grace has registered

  @L-01 @R-01
  Rule: A user who has not confirmed the address cannot log in, as with a wrong password

    Scenario: Grace logs in before she has opened the mail
      When Grace logs in with her e-mail address
      Then Grace sees the error "the username or the password is wrong"

  Rule: If the address of a user with a session becomes unconfirmed, the user can only confirm it

    Scenario: Root marks Grace's e-mail address as not confirmed
      Given Root is an administrator
      And Grace has confirmed her e-mail address with the link
      And Grace has logged in
      And Root has marked Grace's e-mail address as not confirmed
      When Grace reads the protected greeting
      Then Grace sees the error "the e-mail address is not confirmed"
      And Grace can read her own account
