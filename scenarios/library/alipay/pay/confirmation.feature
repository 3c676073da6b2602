@till @pay
Feature: Paying above the limit
  The customer must confirm on the phone. Until then the trade waits: it is neither paid nor failed, and asking too fast helps nobody
  (TRD-001, TRD-003, TRD-011).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei confirms after a while
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 260.00, and Li Lei shows the payment code
    Then the till shows "waiting"
    And the card of Li Lei shows 0 points
    When 12 s pass
    And Li Lei confirms the payment
    Then within 20 s the till shows "paid"
    And Li Lei has paid 260.00 once
    And within 5 s the card of Li Lei shows 260 points
    And the merchant has called "alipay.trade.query" at most 6 times

  Scenario: Somebody without a card confirms after a while
    Given the customer "Han Meimei" with 500.00 in the wallet
    When the cashier charges 260.00, and Han Meimei shows the payment code
    Then the till shows "waiting"
    When 12 s pass
    And Han Meimei confirms the payment
    Then within 20 s the till shows "paid"
    And Han Meimei has paid 260.00 once
