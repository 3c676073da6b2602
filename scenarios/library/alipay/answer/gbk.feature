@answers
Feature: An error text in GBK
  The platform is busy and says so in GBK although UTF-8 was asked for. Nothing is lost: the merchant tries again (RSP-004).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A busy answer in another encoding
    Given the customer "Li Lei" with a member card
    And the platform will answer the next "alipay.marketing.card.update" in GBK
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00
    Then within 60 s the merchant has nothing left to do
    And the card of Li Lei shows 35 points
