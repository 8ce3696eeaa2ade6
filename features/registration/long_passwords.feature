@registration @since:0.1 @P-02
Feature: Long passwords
  In order to use a sentence or a password manager
  As a new user
  I want to have a long password of which every character counts

  Background:
    Given Grace has no account

  Rule: A password has at most 256 characters, and every one of them counts

    Scenario: A password of 256 characters
      When Grace registers with a password of 256 characters
      Then Grace can log in with this password
      And Grace cannot log in with this password without its last character

    Scenario: A password of 257 characters
      When Grace registers with a password of 257 characters
      Then Grace sees the error "the password is too long"
      And Grace has no account yet
