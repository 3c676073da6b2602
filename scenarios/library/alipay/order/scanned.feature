@till @order @points
Feature: The customer scans an order
  The till shows a code, the customer scans it and pays. The merchant hears of it by a notice or by asking (NTF-015, TRD-012).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei scans and pays
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier shows an order of 88.00
    Then the till shows "waiting"
    When Li Lei scans the order and pays
    Then within 30 s the till shows "paid"
    And Li Lei has paid 88.00 once
    And within 5 s the card of Li Lei shows 88 points

  Scenario: Opened first, paid by the second look
    Given the customer "Han Meimei" with 200.00 in the wallet
    When the cashier shows an order of 42.00
    And Han Meimei scans the order and leaves it
    Then Han Meimei has paid nothing
    When Han Meimei confirms the payment
    Then within 30 s the till shows "paid"
    And Han Meimei has paid 42.00 once
