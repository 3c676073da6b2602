@till @points @concurrent
Feature: Two payments wait at the same time
  The customer pays at two tills, and both wait for the password. Both count, in whatever order they are confirmed (LED-001).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: The second is confirmed first
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 260.00, and Li Lei shows the payment code
    Then the till shows "waiting"
    When the cashier charges 300.00, and Li Lei shows the payment code
    Then the till shows "waiting"
    When 3 s pass
    And Li Lei confirms the payment
    Then within 20 s the till shows "paid"
    And within 5 s the card of Li Lei shows 300 points
    When the cashier takes up the sale of 260.00 again
    And Li Lei confirms the payment
    Then within 20 s the till shows "paid"
    And within 5 s the card of Li Lei shows 560 points
