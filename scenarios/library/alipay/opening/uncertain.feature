@join @lost-reply
Feature: Openings of which nobody knows the outcome
  The reply is lost, garbled, delayed or says that the platform has a problem; with and without effect. Unknown is neither a
  failure nor a success: the merchant asks again with the same serial number and has one card and one member (OPN-001, RSP-008, RSP-007).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: The card was opened, and the reply was lost
    Given the customer "Li Lei"
    And the platform will commit the next "alipay.marketing.card.open" and lose the reply
    When Li Lei scans the join poster and agrees
    Then within 60 s the merchant has opened a member card for Li Lei
    And every retry of "alipay.marketing.card.open" carried the same serial number
    And Li Lei has been given 1 card in all
    And the number of members has grown by 1

  Scenario: The request never arrived
    Given the customer "Li Lei"
    And the platform will lose the next "alipay.marketing.card.open" before it takes effect
    When Li Lei scans the join poster and agrees
    Then within 60 s the merchant has opened a member card for Li Lei
    And every retry of "alipay.marketing.card.open" carried the same serial number

  Scenario: The platform has a problem, and opened the card all the same
    Given the customer "Li Lei"
    And the platform will commit the next "alipay.marketing.card.open" and answer "isp.unknow-error"
    When Li Lei scans the join poster and agrees
    Then within 60 s the merchant has opened a member card for Li Lei
    And every retry of "alipay.marketing.card.open" carried the same serial number
    And Li Lei has been given 1 card in all
