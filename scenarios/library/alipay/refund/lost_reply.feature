@till @refund @lost-reply
Feature: A refund of which nobody knows the outcome
  The money went back, and the reply was lost. The same refund is asked for again under the same number: the money goes back once, and
  so do the points (RFD-001, RFD-002, RSP-008).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: The reply to the refund is lost
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 50.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    Given the platform will commit the next "alipay.trade.refund" and lose the reply
    And every refund notice will be lost
    When the cashier refunds 20.00
    Then within 60 s the till shows the refund as "done"
    And Li Lei has got back 20.00
    And within 30 s the card of Li Lei shows 30 points
    And within 30 s the merchant has nothing left to do

  Scenario: The request is lost, and no money has gone back yet
    Given the customer "Li Lei" with 100.00 in the wallet
    When the cashier charges 50.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    Given the platform will lose the next "alipay.trade.refund" before it takes effect
    When the cashier refunds 20.00
    Then within 120 s the till shows the refund as "done"
    And Li Lei has got back 20.00
    And the merchant has called "alipay.trade.refund" again
    And every "alipay.trade.refund" carried the same "out_request_no"
