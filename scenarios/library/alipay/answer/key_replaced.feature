@answers @forged
Feature: The platform's key is replaced and the merchant does not know it yet
  From one moment on answers are signed with a key that the merchant does not have. It believes none of them, calls nothing paid and
  nothing failed, and waits for somebody to give it the new key (CRT-004, RSP-002).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A payment after the key was replaced
    Given the customer "Li Lei" with 100.00 in the wallet
    And the platform replaces its key
    When the cashier charges 35.00, and Li Lei shows the payment code
    Then the till shows "unknown"
    And within 60 s every retry of the merchant carried the same order number

  Scenario: The merchant is given the new key
    Given the customer "Li Lei" with 100.00 in the wallet
    And the platform replaces its key
    When the cashier charges 35.00, and Li Lei shows the payment code
    Then the till shows "unknown"
    When the merchant is restarted with the platform's new key
    Then within 60 s the till shows "paid"
    And Li Lei has paid 35.00 once
    And within 60 s the merchant has nothing left to do
