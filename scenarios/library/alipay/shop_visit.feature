@join @till @points @load(rate=2/s,duration=10s)
Feature: A visit to the shop
  A customer joins at the counter with a phone, shows the new card, pays for the tea,
  and sees the points on the card before leaving.

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei joins at the counter and leaves with 35 points
    Given the customer "Li Lei"
    When Li Lei scans the join poster and fills in
      | field | value  |
      | name  | Li Lei |
    Then within 5 s the merchant has opened a member card for Li Lei
    And the card of Li Lei shows 0 points

    When Li Lei shows the card
    And the scanner reads the code
    And the cashier looks the member up
    Then the till shows the member "Li Lei" with 0 points

    When the cashier charges 35.00
    Then the till shows 35 new points
    And within 5 s the card of Li Lei shows 35 points
    And within 5 s the platform has recorded a purchase of 35.00 on the card of Li Lei
