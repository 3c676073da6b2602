@notice @pay @forged
Feature: A way back that somebody made up
  Whoever sees the number of an order can write an address that looks like the way back from its payment. Nobody has paid by that: the
  shop goes by what the platform says (NTF-023).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei scans nothing and comes back all the same
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier shows an order of 35.00
    And Li Lei comes back from a payment that nobody made
    Then the till shows "waiting"
    And Li Lei has paid nothing
    And within 150 s the till shows "cancelled"
    And the card of Li Lei shows 0 points
