@answers @points
Feature: The platform is in trouble for a while
  Every update is answered with trouble of the platform's own. The merchant asks again after pauses that grow, not as often as it can, and
  the card has the points when the trouble is over (OPS-004, UPD-006).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Twelve updates meet the trouble
    Given the customer "Li Lei" with a member card
    And the platform will refuse the next 12 "alipay.marketing.card.update" with "isp.unknow-error"
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00
    And 1 min passes
    Then within 10 min the merchant has nothing left to do
    And the card of Li Lei shows 35 points
