@notice @points
Feature: A notice that comes late
  Two hours after the payment was known from a query, the notice about it arrives: nothing is granted again (NTF-007, NTF-013).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Two hours late
    Given the customer "Li Lei" with a member card
    And the next payment notice will come 2 h late
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the card of Li Lei shows 35 points
    When 3 h pass
    Then the merchant has taken the payment notice
    And the card of Li Lei shows 35 points
