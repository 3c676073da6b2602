@till @cancel
Feature: The cashier gives up
  The customer has no time to find the password. The cashier stops, the trade is closed at the platform, too, and the next sale has
  a number of its own (TRD-004, TRD-007, TRD-011).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Stopped after a few seconds, paid in the second try
    Given the customer "Li Lei"
    When the cashier charges 300.00, and Li Lei shows the payment code
    Then the till shows "waiting"
    When the cashier gives up
    Then within 30 s the merchant has cancelled the trade
    And within 5 s the till shows "cancelled"
    When Li Lei tries to confirm the payment too late
    And the cashier charges 150.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And Li Lei has paid 150.00 once
    And every "alipay.trade.pay" carried another "out_trade_no"
