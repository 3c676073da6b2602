@answers @certificates
Feature: The platform's certificate is replaced while the shop is open
  The merchant's application is in certificate mode. From one moment on answers and notices are signed by another certificate; answers
  name it, and the merchant fetches it, believes it for the root above it, and goes on (CRT-001, CRT-002, CRT-004).

  Background:
    Given the merchant's application is in certificate mode
    And the merchant "tea-house" with a member card template

  Scenario: A payment before, and a payment after
    Given the customer "Li Lei" with 100.00 in the wallet
    When the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the merchant has taken the payment notice
    When the platform replaces its key
    And 1 min pass
    And the cashier charges 20.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    When 15 min pass
    Then the merchant has taken the payment notice
    And the trade is "paid" at the platform
    And the merchant has nothing left to do
