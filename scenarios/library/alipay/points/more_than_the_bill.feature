@till @points
Feature: Points worth more than the bill
  Five hundred points are five yuan. They pay a bill of five to the last fen, and no bill of one (LED-004).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A bill of one
    Given the customer "Li Lei" with a member card and 500 points
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 1.00, 500 points off
    Then Li Lei has paid nothing

  Scenario: A bill of five
    Given the customer "Han Meimei" with a member card and 500 points
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 5.00, 500 points off
    Then the till shows 0.00 to pay
    And within 5 s the card of Han Meimei shows 0 points
