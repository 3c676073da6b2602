@till @points @voucher
Feature: Points on what was paid, not on what was on the bill
  The platform gives a voucher and pays for it. The customer pays less, and earns points on that (TRD-012).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Five yuan off by the platform
    Given the customer "Li Lei" with a member card
    And Li Lei gets a voucher of 5.00 from the platform
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And the wallet of Li Lei holds 970.00
    And within 5 s the card of Li Lei shows 30 points
