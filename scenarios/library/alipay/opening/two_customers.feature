@join
Feature: Two customers, two cards
  Each has a number of their own, and points go where they belong (OPN-005, UPD-011).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei and Han Meimei join one after the other
    Given the customer "Li Lei" with a member card
    And the customer "Han Meimei" with a member card
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 35.00
    Then within 5 s the card of Han Meimei shows 35 points
    And the card of Li Lei shows 0 points
    And the number of members has grown by 2
