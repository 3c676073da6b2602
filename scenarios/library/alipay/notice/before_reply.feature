@notice @pay
Feature: The notice is quicker than the reply
  The notice about a payment arrives before the answer to the call that made it: the order must be in the books before the call is made
  (NTF-013).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: First the notice, then the reply
    Given the customer "Li Lei" with a member card
    And the platform will answer the next "alipay.trade.pay" after its notices
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And Li Lei has paid 35.00 once
    And within 5 s the card of Li Lei shows 35 points
    And within 5 s the merchant has taken the payment notice

  Scenario: The same for somebody without a card
    Given the customer "Wei Hua" with 100.00 in the wallet
    And the platform will answer the next "alipay.trade.pay" after its notices
    When the cashier charges 35.00, and Wei Hua shows the payment code
    Then within 60 s the till shows "paid"
    And Wei Hua has paid 35.00 once
    And within 5 s the merchant has taken the payment notice
