@card @life @notice
Feature: The merchant never hears that a card was deleted
  The notice is lost. The next update is refused, and the merchant draws the conclusion instead of trying for ever (LIF-003, UPD-009).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: The notice about the deletion is lost
    Given the customer "Li Lei" with a member card
    And every card notice will be lost
    When Li Lei shows the card
    And the scanner reads the code
    And Li Lei deletes the card
    And the cashier charges 10.00
    Then within 60 s the merchant has nothing left to do
    And the merchant has called "alipay.marketing.card.update" at most 1 time

  Scenario: The till asks about the card and learns it
    Given the customer "Han Meimei" with a member card
    And every card notice will be lost
    When Han Meimei shows the card
    And Han Meimei deletes the card
    And the scanner reads the code
    And the cashier looks the member up
    And the cashier charges 10.00
    Then within 60 s the merchant has nothing left to do
    And the merchant has not called "alipay.marketing.card.update"
