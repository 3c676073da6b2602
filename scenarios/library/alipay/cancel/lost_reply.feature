@till @cancel @lost-reply
Feature: The cancel itself is uncertain
  A cancel whose reply is lost, or that asks to be repeated, is repeated until its outcome is known (TRD-005).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Two replies to the cancel are lost
    Given the customer "Han Meimei" who walks away when asked to confirm
    And the platform will commit the next 2 "alipay.trade.cancel" and lose the replies
    When the cashier charges 500.00, and Han Meimei shows the payment code
    And the cashier gives up
    Then within 120 s the merchant has called "alipay.trade.cancel" again
    And within 120 s the till shows "cancelled"
    And the merchant has cancelled the trade
    And every "alipay.trade.cancel" carried the same "out_trade_no"
    And Han Meimei has paid nothing

  Scenario: The platform asks to repeat the cancel
    Given the customer "Han Meimei" who walks away when asked to confirm
    And the platform will ask to repeat the next 2 cancels
    When the cashier charges 500.00, and Han Meimei shows the payment code
    And the cashier gives up
    Then within 120 s the merchant has called "alipay.trade.cancel" again
    And within 120 s the till shows "cancelled"
    And the merchant has cancelled the trade
