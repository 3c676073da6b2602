@till @points @refund
Feature: A sale that points paid alone is given back
  No money moved, so none goes back: the points come back, once, and the card says so.

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei brings back what the points paid
    Given the customer "Li Lei" with a member card and 300 points
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 2.00, 200 points off
    Then the till shows "paid"
    And within 5 s the card of Li Lei shows 100 points
    When the cashier refunds 0.00
    Then within 30 s the till shows the refund as "done"
    And within 5 s the card of Li Lei shows 300 points
    When the cashier refunds 0.00
    Then the till shows the refund as "refused"
    And within 30 s the merchant has nothing left to do
    And the card of Li Lei shows 300 points
