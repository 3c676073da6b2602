@card @points
Feature: Level and points on the card's face
  What a customer spends raises the points, and from a thousand on the level; both stand on the card (UPD-006, UPD-012).

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
