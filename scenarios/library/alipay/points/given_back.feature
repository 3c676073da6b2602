@till @points @cancel
Feature: Points that were set aside
  Five hundred points are set aside for a payment that is never confirmed. When it has come to nothing they are there again, and can be
  spent (LED-006).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Han Meimei does not find the password
    Given the customer "Han Meimei" with a member card and 500 points
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier looks the member up
    And the cashier charges 300.00, 500 points off, and Han Meimei shows the payment code
    Then the till shows "waiting"
    And within 100 s the merchant has cancelled the trade
    And within 10 s the till shows "cancelled"
    When 31 min pass
    And the cashier looks the member up
    And the cashier charges 5.00, 500 points off
    Then the till shows 0.00 to pay
    And within 5 s the card of Han Meimei shows 0 points
