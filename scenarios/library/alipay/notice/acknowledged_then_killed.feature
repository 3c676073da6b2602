@notice @pay @restart
Feature: Killed right after a notice was acknowledged
  What was answered success never comes again: it has to be in the book by then (NTF-009).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Nobody answers the merchant's questions, and it is killed
    Given the customer "Li Lei" with a member card
    And the platform will answer every "alipay.trade.query" with a proxy's page
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier shows an order of 35.00
    And 12 s pass
    And Li Lei scans the order and pays
    Then within 5 s the merchant has taken the payment notice
    When the merchant is killed and started again
    And 3 min pass
    Then the till shows "paid"
    And Li Lei has paid 35.00 once
    And within 5 s the card of Li Lei shows 35 points

  Scenario: Somebody without a card paid, and the merchant is killed
    Given the customer "Wei Hua" with 100.00 in the wallet
    And the platform will answer every "alipay.trade.query" with a proxy's page
    When the cashier shows an order of 35.00
    Then within 30 s the merchant has called "alipay.trade.query" again
    When Wei Hua scans the order and pays
    Then within 5 s the merchant has taken the payment notice
    When the merchant is killed and started again
    Then within 5 s the till shows "paid"
    And Wei Hua has paid 35.00 once
