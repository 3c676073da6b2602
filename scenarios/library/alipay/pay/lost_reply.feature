@till @pay @lost-reply
Feature: A lost reply does not charge twice
  The money has moved, and nobody told the merchant. Charging again under another number would take it twice (TRD-002, RSP-008, SIG-010).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: The reply to the payment is lost
    Given the customer "Li Lei" with a member card
    And the platform will commit the next "alipay.trade.pay" and lose the reply
    And every payment notice will be lost
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And Li Lei has paid 35.00 once
    And within 5 s the card of Li Lei shows 35 points
    And every retry of the merchant carried the same order number

  Scenario: The request is lost, and no money moves
    Given the customer "Li Lei" with a member card
    And the platform will lose the next "alipay.trade.pay" before it takes effect
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 90 s the merchant has nothing left to do
    And every retry of the merchant carried the same order number
    And the platform knows at most 1 trade of Li Lei

  Scenario: Somebody without a card pays, and the reply is lost
    Given the customer "Han Meimei" with 100.00 in the wallet
    And the platform will commit the next "alipay.trade.pay" and lose the reply
    And every payment notice will be lost
    When the cashier charges 35.00, and Han Meimei shows the payment code
    Then within 60 s the till shows "paid"
    And Han Meimei has paid 35.00 once
    And every retry of the merchant carried the same order number
