@answers @points
Feature: The same refusal in other words
  Texts change without notice. What is refused in one wording is refused in the other: the merchant does the same after both, and the
  points stay in its book (RSP-006).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Two updates are refused, each in words of its own
    Given the customer "Li Lei" with a member card
    And the customer "Han Meimei" with a member card
    And the platform will refuse the next "alipay.marketing.card.update" with "INVALID_PARAMETER" and the words "参数有误"
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00
    Then within 60 s the merchant has nothing left to do
    Given the platform will refuse the next "alipay.marketing.card.update" with "INVALID_PARAMETER" and the words "参数有误，请稍后再试"
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 10.00
    Then within 60 s the merchant has nothing left to do
    And the merchant has called "alipay.marketing.card.update" 2 times
