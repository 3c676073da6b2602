@notice @refund @points
Feature: The notice about a refund
  It looks like a payment and carries a refund's fields. Read as a payment it would grant the points again (NTF-012, LED-007).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A partial refund is announced
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 90.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the card of Li Lei shows 90 points
    Given the next refund notice will come 1 min late
    When the cashier refunds 30.00
    Then within 30 s the till shows the refund as "done"
    And within 5 s the card of Li Lei shows 60 points
    When 2 min pass
    Then the merchant has taken the refund notice
    And the card of Li Lei shows 60 points
    When the platform sends the refund notice again
    Then the card of Li Lei shows 60 points
    And Li Lei has paid 60.00 in all
