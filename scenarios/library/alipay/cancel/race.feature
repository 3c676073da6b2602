@till @cancel
Feature: Paid while it is being cancelled
  The customer confirms just before the cashier gives up. Either the payment stands or it is given back; never are the goods handed
  over and the money returned as well (TRD-006).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei is quicker
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 300.00, and Li Lei shows the payment code
    And Li Lei confirms the payment
    And the cashier gives up
    Then within 30 s the merchant has nothing left to do
    And the till and the platform agree about the money
    And within 5 s the points on the card of Li Lei fit the money that was kept

  Scenario: Nobody told the merchant that Han Meimei had paid
    Given the customer "Han Meimei" with a member card
    And every payment notice will be lost
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 300.00, and Han Meimei shows the payment code
    And Han Meimei confirms the payment
    Given the platform will refuse the next "alipay.trade.query" with "ACQ.SYSTEM_ERROR"
    When the cashier gives up
    Then within 60 s the merchant has nothing left to do
    And the till and the platform agree about the money
    And within 5 s the points on the card of Han Meimei fit the money that was kept

  Scenario: Wei Hua without a card is quicker
    Given the customer "Wei Hua" with 500.00 in the wallet
    And every payment notice will be lost
    When the cashier charges 300.00, and Wei Hua shows the payment code
    And Wei Hua confirms the payment
    And the cashier gives up
    Then within 10 s the till and the platform agree about the money
