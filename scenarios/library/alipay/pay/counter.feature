@till @pay @points
Feature: Paying at the counter with the card
  The member shows the card and then the payment code; the money moves, the points follow the money that was paid, and the purchase
  stands on the card (TRD-010, TRD-012, NTF-015).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei pays 35.50
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.50, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And Li Lei has paid 35.50 once
    And the wallet of Li Lei holds 964.50
    And the till shows 35 new points
    And within 5 s the card of Li Lei shows 35 points
    And within 5 s the platform has recorded a purchase of 35.50 on the card of Li Lei
    And within 5 s the merchant has answered every notice with success

  Scenario: Somebody without a card pays
    Given the customer "Han Meimei" with 20.00 in the wallet
    When the cashier charges 12.34, and Han Meimei shows the payment code
    Then within 60 s the till shows "paid"
    And Han Meimei has paid 12.34 once
    And the wallet of Han Meimei holds 7.66
