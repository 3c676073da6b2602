@till @pay
Feature: The platform says no
  Too little money, or a code that has run out: that is certain, and the till says so at once. The next attempt has a number of its
  own and can succeed (TRD-007, TRD-009, RSP-007).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Too little in the wallet
    Given the customer "Li Lei" with 10.00 in the wallet
    When the cashier charges 35.00, and Li Lei shows the payment code
    Then within 75 s the merchant has nothing left to do
    And Li Lei has paid nothing
    When the cashier charges 8.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And Li Lei has paid 8.00 once
    And every "alipay.trade.pay" carried another "out_trade_no"

  Scenario: A payment code from two minutes ago
    Given the customer "Li Lei" with 100.00 in the wallet
    When Li Lei taps 去付款 and shows the payment code
    And 2 min pass
    And the cashier charges 35.00 with the code that was shown
    Then within 75 s the merchant has nothing left to do
    And Li Lei has paid nothing
