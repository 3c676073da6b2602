@join @lost-reply
Feature: A lost answer while a card is opened
  The platform has opened the card, but its answer never reaches the merchant. The outcome is unknown to the merchant:
  neither a failure nor a success. Asking again with the same serial number gives the card that was opened.

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Han Meimei gets one card although the answer was lost
    Given the customer "Han Meimei"
    And the platform will commit the next "alipay.marketing.card.open" and lose the reply
    When Han Meimei scans the join poster and agrees
    Then within 60 s the merchant has opened a member card for Han Meimei
    And within 60 s every retry of "alipay.marketing.card.open" carried the same serial number
    And the card of Han Meimei shows 0 points
