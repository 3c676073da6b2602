@till @refund @points
Feature: A refund whose points are spent
  Points that were spent cannot be taken back by hiding them: what the customer owes stands below zero, and card and book agree (RFD-005).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Earned, spent, refunded
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 100.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the card of Li Lei shows 100 points
    When the cashier charges 1.00, 100 points off
    Then within 5 s the card of Li Lei shows 0 points
    When the cashier takes up the sale of 100.00 again
    And the cashier refunds 50.00
    Then within 30 s the till shows the refund as "done"
    And within 5 s the card of Li Lei shows -50 points
    When the cashier refunds 50.00
    Then within 30 s the till shows the refund as "done"
    And within 5 s the card of Li Lei shows -100 points
    And Li Lei has paid nothing
