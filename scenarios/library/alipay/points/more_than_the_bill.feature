@till @points
Feature: Points worth more than the bill
  Five hundred points are five yuan. They pay a bill of five to the last fen, and no bill of one (LED-004).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A bill of one, and a bill of five
    Given the customer "Li Lei" with a member card and 500 points
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 1.00, 500 points off
    Then the card of Li Lei shows 500 points
    When the cashier charges 5.00, 500 points off
    Then within 5 s the card of Li Lei shows 0 points
    And the till shows 0.00 to pay
