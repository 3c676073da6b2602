@till @points
Feature: Two changes of one card, the first of which fails for a while
  The platform applies updates as they arrive. The older total must not arrive after the newer one (UPD-001).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A second purchase while the first is still being told
    Given the customer "Li Lei" with a member card
    And the platform will refuse the next 9 "alipay.marketing.card.update" with "aop.unknow-error"
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00
    And 5 s pass
    And the cashier charges 20.00
    Then within 10 min the merchant has nothing left to do
    And the card of Li Lei shows 55 points
