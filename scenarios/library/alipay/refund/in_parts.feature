@till @refund @points
Feature: Money back in parts
  Three refunds of one payment, each with a number of its own, never more than was paid; points go back in proportion, and the whole
  refund takes back exactly what was granted (RFD-001, RFD-003, RFD-004).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Three thirds of 10.00
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 10.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the card of Li Lei shows 10 points
    When the cashier refunds 3.33
    Then within 30 s the till shows the refund as "done"
    And Li Lei has got back 3.33
    When the cashier refunds 3.33
    Then within 30 s the till shows the refund as "done"
    When the cashier refunds 3.34
    Then within 30 s the till shows the refund as "done"
    And Li Lei has got back 10.00
    And Li Lei has paid nothing
    And within 5 s the card of Li Lei shows 0 points
    And every "alipay.trade.refund" carried another "out_request_no"

  Scenario: Two halves, to somebody without a card
    Given the customer "Han Meimei" with 100.00 in the wallet
    When the cashier charges 10.00, and Han Meimei shows the payment code
    Then within 60 s the till shows "paid"
    When the cashier refunds 5.00
    Then within 30 s the till shows the refund as "done"
    And Han Meimei has got back 5.00
    When the cashier refunds 5.00
    Then within 30 s the till shows the refund as "done"
    And Han Meimei has got back 10.00
    And every "alipay.trade.refund" carried another "out_request_no"
