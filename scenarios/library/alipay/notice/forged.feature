@notice @forged
Feature: Notices that are not the platform's
  A payment that nobody made is announced with a signature that is none: the order stays unpaid and nothing is granted (NTF-002).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Forged while the customer still hesitates
    Given the customer "Han Meimei" with a member card
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier shows an order of 35.00
    And somebody forges a payment notice for the order
    Then the merchant has not taken what was sent
    And the till shows "waiting"
    And the card of Han Meimei shows 0 points

  Scenario: The platform's own notice with a broken signature
    Given the customer "Li Lei" with a member card
    And the next payment notice will be forged
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the merchant has not taken the payment notice
    When 10 min pass
    Then the merchant has taken the payment notice
    And the card of Li Lei shows 35 points

  Scenario: Forged, for an order of nobody in particular
    Given the customer "Wei Hua" with 100.00 in the wallet
    And the next payment notice will be forged
    When the cashier charges 35.00, and Wei Hua shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the merchant has not taken the payment notice
