@till @pay
Feature: The gun fires twice at the payment prompt
  Two identical sales reach the till at the same moment. It is one order and one trade (TRD-008).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: One code, read twice
    Given the customer "Li Lei" with 100.00 in the wallet
    When the cashier charges 35.00, and the scanner reads the payment code of Li Lei twice
    Then within 60 s the till shows "paid"
    And Li Lei has paid 35.00 once
    And the platform knows 1 trade of Li Lei
