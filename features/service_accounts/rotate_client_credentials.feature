@service_accounts @since:0.2
Feature: Rotate a client credential
  In order that a secret which became known is of no use
  As an administrator
  I want to give a program a second client credential, and then delete the first one

  Background:
    Given Root is an administrator
    And the role "support" has the permission "users:read"
    And the service account "Nightly sync" has the role "support"
    And the program "Nightly sync" has a client secret

  Rule: The first client secret works beside the second one, until it is deleted

    Scenario: Root creates a second client secret
      When Root creates a client secret for "Nightly sync"
      Then Root sees 2 client secrets of "Nightly sync"
      And the program "Nightly sync" gets an access token for the first and for the new client secret

    Scenario: Root deletes the first client secret
      Given the program "Nightly sync" has a second client secret
      When Root deletes the first client secret of "Nightly sync"
      Then Root sees 1 client secret of "Nightly sync"
      And the program "Nightly sync" gets no access token for its first client secret
      And the program "Nightly sync" gets an access token for the second client secret

  Rule: A client credential belongs to one service account

    Scenario: Root reads the client secret at another service account
      Given the service account "Backup" has the role "support"
      When Root reads at "Backup" the client secret of "Nightly sync"
      Then Root sees the error "the client credential does not exist"

    Scenario: Root deletes the client secret at another service account
      Given the service account "Backup" has the role "support"
      When Root deletes at "Backup" the client secret of "Nightly sync"
      Then Root sees the error "the client credential does not exist"
      And Root sees 1 client secret of "Nightly sync"
