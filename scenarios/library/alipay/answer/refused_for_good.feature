@answers @points
Feature: A refusal that stays one
  40004 for good: asking the same again does not help. The merchant stops, and the points stay in its book (RSP-006, RSP-007).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: The update is refused for good
    Given the customer "Li Lei" with a member card
    And the platform will refuse the next "alipay.marketing.card.update" with "INVALID_PARAMETER"
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00
    Then within 60 s the merchant has nothing left to do
    And the merchant has called "alipay.marketing.card.update" at most 1 time
    When the cashier charges 10.00
    Then within 10 s the card of Li Lei shows 45 points

  Scenario: The platform goes on refusing
    Given the customer "Han Meimei" with a member card
    And the platform will refuse every "alipay.marketing.card.update" with "INVALID_PARAMETER"
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 35.00
    Then within 60 s the merchant has nothing left to do
    And the merchant has called "alipay.marketing.card.update" at most 2 times
