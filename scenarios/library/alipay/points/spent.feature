@till @points
Feature: Points off the bill
  A hundred points are one yuan. Points are earned on what is paid, not on what was on the bill; nobody spends more than there is, and
  nothing becomes negative (TRD-012, LED-002, LED-004).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Five yuan off
    Given the customer "Li Lei" with a member card and 500 points
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, 500 points off, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And the till shows 30.00 to pay
    And Li Lei has paid 30.00 once
    And within 5 s the card of Li Lei shows 30 points

  Scenario: More points than there are
    Given the customer "Han Meimei" with a member card and 100 points
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, 200 points off
    Then the till shows "not enough points"
    And the card of Han Meimei shows 100 points
