@join @restart
Feature: The merchant's program ends while a card is opened
  The customer is in the merchant's book, the card is not open yet. After the restart the work goes on where it stood (OPN-008).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Killed while the platform is busy
    Given the customer "Li Lei"
    And the platform will refuse the next 4 "alipay.marketing.card.open" with "isp.unknow-error"
    When Li Lei scans the join poster and agrees
    And the merchant is killed and started again
    Then within 60 s the merchant has opened a member card for Li Lei
    And Li Lei has been given 1 card in all
    And the number of members has grown by 1
