@till @code
Feature: The scanner reads something else
  A code of nobody's finds nobody. The same code read twice finds the same member, once. A member's code is no payment code (TRD-009).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Somebody's loyalty card from elsewhere
    When the scanner reads "KB99999999" instead
    And the cashier looks the member up
    Then the till shows no member

  Scenario: The gun fires twice
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card, and the scanner reads it twice
    Then the till shows the member "Li Lei" with 0 points

  Scenario: The member's code at the payment prompt
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the cashier charges 35.00 with the code that was shown
    Then the till shows "no payment code"
    And the merchant has not called "alipay.trade.pay"
    And Li Lei has paid nothing
