@till @pay @lost-reply
Feature: The platform has a problem
  20000 says nothing about the money: it may have moved or not. The merchant asks until it knows, and charges nobody twice (TRD-002, RSP-007).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: System error, and the money has moved
    Given the customer "Li Lei" with 100.00 in the wallet
    And the platform will commit the next "alipay.trade.pay" and answer "isp.unknow-error"
    When the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And Li Lei has paid 35.00 once

  Scenario: The trade's own system error
    Given the customer "Li Lei" with 100.00 in the wallet
    And the platform will commit the next "alipay.trade.pay" and answer "ACQ.SYSTEM_ERROR"
    When the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And Li Lei has paid 35.00 once

  Scenario: The queries fail, too, and no notice comes
    Given the customer "Li Lei"
    And every payment notice will be lost
    And the platform will refuse the next 2 "alipay.trade.query" with "ACQ.SYSTEM_ERROR"
    When the cashier charges 260.00, and Li Lei shows the payment code
    And Li Lei confirms the payment
    Then within 75 s the till shows "paid"
    And Li Lei has paid 260.00 once
    And every retry of the merchant carried the same order number
