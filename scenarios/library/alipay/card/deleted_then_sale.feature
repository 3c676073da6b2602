@card @life
Feature: A sale on a card that was deleted
  The customer has deleted the card and buys all the same. The points stay in the merchant's book; the platform is not asked again
  and again about a card that is gone (UPD-009, LIF-001).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei buys without the card
    Given the customer "Li Lei" with a member card and 50 points
    When Li Lei shows the card
    And the scanner reads the code
    And Li Lei deletes the card
    Then within 5 s the merchant has taken the card notice
    When the cashier charges 10.00
    Then within 60 s the merchant has nothing left to do
    And the merchant has called "alipay.marketing.card.update" at most 2 times
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And within 5 s the card of Li Lei shows 60 points
