@notice @pay
Feature: A notice that never comes
  No notice arrives. The merchant asks by itself and knows all the same (NTF-022).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: All notices are lost
    Given the customer "Li Lei" with a member card
    And every payment notice will be lost
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier shows an order of 35.00
    And Li Lei scans the order and pays
    Then within 60 s the till shows "paid"
    And within 5 s the card of Li Lei shows 35 points
    When all attempts to deliver notices lie behind
    Then the platform has tried the payment notice 8 times
    And the card of Li Lei shows 35 points
    And Li Lei has paid 35.00 once

  Scenario: The first attempt is lost, the second arrives
    Given the customer "Han Meimei" with a member card
    And the next payment notice will be lost
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Han Meimei shows the payment code
    Then within 60 s the till shows "paid"
    When 5 min pass
    Then the merchant has taken the payment notice
    And the card of Han Meimei shows 35 points

  Scenario: Nobody looks for a day
    Given the customer "Li Lei" with a member card
    And every payment notice will be lost
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier shows an order of 35.00
    And Li Lei scans the order and pays
    And 25 h pass
    Then within 60 s the till shows "paid"
    And within 5 s the card of Li Lei shows 35 points

  Scenario: All are lost, and somebody without a card paid
    Given the customer "Wei Hua" with 100.00 in the wallet
    And every payment notice will be lost
    When the cashier shows an order of 35.00
    And Wei Hua scans the order and pays
    Then within 60 s the till shows "paid"
    And Wei Hua has paid 35.00 once
