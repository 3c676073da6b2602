@till @order @cancel
Feature: An order that nobody paid
  Closed at the till, closed at the platform: who scans the code afterwards can pay nothing any more (TRD-013).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: The cashier gives the order up
    Given the customer "Li Lei"
    When the cashier shows an order of 88.00
    And the cashier gives up
    Then within 30 s the till shows "cancelled"
    When Li Lei scans the order too late
    Then Li Lei has paid nothing

  Scenario: Nobody comes
    Given the customer "Han Meimei"
    When the cashier shows an order of 88.00
    And Han Meimei scans the order and leaves it
    Then within 150 s the till shows "cancelled"
    When Han Meimei tries to confirm the payment too late
    Then Han Meimei has paid nothing
