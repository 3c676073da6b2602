@time @till @pay
Feature: A payment that lasts over midnight
  The customer confirms a few seconds into the next day. It is one payment (OPS-006, TRD-001).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei confirms at the other side of midnight
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And it is ten seconds before midnight
    And the cashier charges 300.00, and Li Lei shows the payment code
    And 15 s pass
    And Li Lei confirms the payment
    Then within 30 s the till shows "paid"
    And Li Lei has paid 300.00 once
    And within 5 s the card of Li Lei shows 300 points
