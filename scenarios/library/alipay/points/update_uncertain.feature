@till @points @lost-reply
Feature: An update whose outcome is unknown
  The card has the points, and the reply was lost or said that the platform is busy. Stating the total again doubles nothing, and the
  purchase is recorded once (UPD-003, UPD-006, UPD-010, RSP-007).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: The reply to the update is lost
    Given the customer "Li Lei" with a member card
    And the platform will commit the next "alipay.marketing.card.update" and lose the reply
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00
    Then within 60 s the merchant has nothing left to do
    And the card of Li Lei shows 35 points
    And the platform has recorded 1 purchase on the card of Li Lei

  Scenario: The platform is busy
    Given the customer "Han Meimei" with a member card
    And the platform will be busy at the next "alipay.marketing.card.update"
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 20.00
    Then within 60 s the merchant has nothing left to do
    And the card of Han Meimei shows 20 points

  Scenario: The report of the purchase is lost
    Given the customer "Li Lei" with a member card
    And the platform will commit the next "alipay.marketing.card.consume.sync" and lose the reply
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 12.00
    Then within 60 s the merchant has nothing left to do
    And the platform has recorded 1 purchase on the card of Li Lei

  Scenario: The platform is busy, and an hour goes by
    Given the customer "Han Meimei" with a member card
    And the platform will be busy at the next "alipay.marketing.card.update"
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 20.00
    And 1 h passes
    And the cashier looks the member up
    Then within 60 s the card of Han Meimei shows 20 points
