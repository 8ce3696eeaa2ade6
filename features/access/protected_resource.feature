Feature: Being recognised
  In order that what is protected is seen by those alone who may
  As someone with an account
  I want to be recognised by what I got when I logged in, and nobody else to be

  Background:
    Given Ada has an account

  Scenario: Being greeted
    When Ada asks for the protected greeting
    Then Ada is greeted by her username

  Scenario: Without having logged in
    Given Ada is logged out
    When Ada asks for the protected greeting
    Then she is told that she has to log in

  Scenario Outline: What she shows <is not good>
    Given what Ada shows <is not good>
    When Ada asks for the protected greeting
    Then she is told that she has to log in

    Examples:
      | is not good                |
      | has expired                |
      | is garbled                 |
      | is signed by somebody else |
      | is meant for others        |

  Scenario: Suspended meanwhile
    Given Root is an administrator
    And Root has suspended Ada
    When Ada asks for the protected greeting
    Then she is told that she has to log in

  Scenario: Deleted meanwhile
    Given Ada's account has been deleted
    When Ada asks for the protected greeting
    Then she is told that she has to log in
