@provider
Feature: A service provider acts for the merchant
  A merchant authorises the provider. From then on every call is the merchant's, made by the provider (OAU-008, OAU-009).

  Scenario: Authorised, set up, joined, paid
    When a merchant authorises the provider
    Given the merchant "tea-house" with a member card template
    And the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And Li Lei has paid 35.00 once
    And within 5 s the card of Li Lei shows 35 points
