@card @points
Feature: Level and points on the card's face
  What a customer spends raises the points, and from a thousand on the level; what goes back lowers both. The card says what the
  merchant's book says (UPD-006, UPD-012).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei becomes VIP2
    Given the customer "Li Lei" with a member card
    Then the card of Li Lei shows the level "VIP1"
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 999.00
    Then within 5 s the card of Li Lei shows 999 points
    And the card of Li Lei shows the level "VIP1"
    When the cashier charges 1.00
    Then within 5 s the card of Li Lei shows 1000 points
    And the card of Li Lei shows the level "VIP2"
    And the card of Li Lei shows a purchase of 999.00

  Scenario: A refund takes Han Meimei back to VIP1
    Given the customer "Han Meimei" with a member card
    And Han Meimei gets 2000.00 into the wallet
    And Han Meimei is asked to confirm payments above 5000.00
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 1000.00, and Han Meimei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the card of Han Meimei shows 1000 points
    And the card of Han Meimei shows the level "VIP2"
    When the cashier looks the member up
    And the cashier refunds 400.00
    Then within 30 s the till shows the refund as "done"
    And within 5 s the card of Han Meimei shows 600 points
    When the cashier looks the member up
    Then the card of Han Meimei shows the level "VIP1"
