@answers @forged
Feature: Answers that are not the platform's
  An answer that is garbled, cut off, unsigned or signed by somebody else says nothing: neither that it worked nor that it did not. The
  merchant asks again with the same number (RSP-002, RSP-003, RSP-008).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario Outline: The opening is answered <wrong>
    Given the customer "Li Lei"
    And the platform will answer the next "alipay.marketing.card.open" <wrong>
    When Li Lei scans the join poster and agrees
    Then within 60 s the merchant has opened a member card for Li Lei
    And every retry of "alipay.marketing.card.open" carried the same serial number
    And Li Lei has been given 1 card in all

    Examples:
      | wrong                        |
      | with a wrong signature       |
      | without a signature          |
      | with another key's signature |
      | with noise in it             |
      | and break off in the middle  |
      | with a proxy's page          |

  Scenario: The payment is answered with a wrong signature
    Given the customer "Han Meimei" with 100.00 in the wallet
    And the platform will answer the next "alipay.trade.pay" with a wrong signature
    And every payment notice will be lost
    When the cashier charges 35.00, and Han Meimei shows the payment code
    Then within 60 s the till shows "paid"
    And Han Meimei has paid 35.00 once
    And every retry of the merchant carried the same order number
