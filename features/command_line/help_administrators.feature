@command_line @since:0.2 @local
Feature: Help administrators on the command line
  In order to have an administrator on the first day, and after a lost password
  As the operator of the service
  I want to create administrators and to set passwords on the machine

  @case-N-03
  Rule: The operator creates the first administrator

    Scenario: The service has no administrator
      Given Root has no account
      When the operator creates the administrator Root
      Then Root can log in and list users

  Rule: The operator sets the password of each user, also of the only administrator

    Scenario: The operator sets a password
      Given Root is an administrator
      When the operator sets Root's password to "an engine that weaves algebra"
      Then Root can log in with the password "an engine that weaves algebra"
      And Root cannot log in with his old password
      And Root's session has ended

    Scenario: The operator sets a temporary password
      Given Root is an administrator
      When the operator sets a temporary password for Root
      Then the operator reads a temporary password, which Root can log in with

  Rule: A password that the operator sets follows the same policy as other passwords

    Scenario: The password is common
      Given Root is an administrator
      When the operator sets Root's password to "qwertyuiop123"
      Then the operator reads "must not be a common password"
      And Root can log in
