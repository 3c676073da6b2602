@answers
Feature: An answer in GBK
  UTF-8 was asked for, and the platform answers in GBK all the same. Nothing is lost: the merchant asks again (RSP-004).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: An update in another encoding
    Given the customer "Li Lei" with a member card
    And the platform will answer the next "alipay.marketing.card.update" in GBK
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00
    Then within 60 s the merchant has nothing left to do
    And the card of Li Lei shows 35 points

  Scenario: A form in another encoding
    Given the customer "Han Meimei"
    And the platform will answer the next "alipay.marketing.card.activateform.query" in GBK
    When Han Meimei scans the join poster and fills in
      | field | value  |
      | name  | 韩梅梅 |
    Then within 60 s the merchant has opened a member card for Han Meimei
