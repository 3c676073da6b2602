@card @points
Feature: The customer reads that the points changed
  Whoever states a card's points also says by how much they changed, and the platform tells the holder. What a refund takes is told
  as well, with its sign.

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A purchase and a refund
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the card of Li Lei shows 35 points
    And within 5 s Li Lei reads that 35 points were added
    When the cashier refunds 10.00
    Then within 30 s the till shows the refund as "done"
    And within 5 s the card of Li Lei shows 25 points
    And within 5 s Li Lei reads that 10 points were taken
