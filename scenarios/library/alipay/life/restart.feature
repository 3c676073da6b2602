@life @restart
Feature: The merchant's program is restarted
  What was promised to a customer outlives the program: members, points, the card's number, and a payment whose outcome was open
  (OPN-006, OPS-005).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Between two sales
    Given the customer "Li Lei" with a member card and 50 points
    When the merchant is restarted
    And Li Lei shows the card
    And the scanner reads the code
    And the cashier looks the member up
    Then the till shows the member "Li Lei" with 50 points
    When the cashier charges 10.00
    Then within 10 s the card of Li Lei shows 60 points
    And the number of members has grown by 1

  Scenario: While the customer still hesitates
    Given the customer "Han Meimei" with a member card
    And every payment notice will be lost
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 300.00, and Han Meimei shows the payment code
    And the merchant is killed and started again
    And Han Meimei confirms the payment
    Then within 60 s the till shows "paid"
    And Han Meimei has paid 300.00 once
    And within 5 s the card of Han Meimei shows 300 points

  Scenario: While somebody without a card still hesitates
    Given the customer "Wei Hua" with 500.00 in the wallet
    And every payment notice will be lost
    When the cashier charges 300.00, and Wei Hua shows the payment code
    And the merchant is killed and started again
    And Wei Hua confirms the payment
    Then within 60 s the till shows "paid"
    And Wei Hua has paid 300.00 once
