@join
Feature: The same customer on two phones
  Both phones agreed before there was a card. The second to come back is told of the card that the first one got (OPN-004).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei's first phone comes back last
    Given the customer "Li Lei"
    When Li Lei scans the join poster, agrees and loses the network
    And Li Lei joins on another phone and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    When the first phone of Li Lei comes back
    Then within 5 s the merchant has opened a member card for Li Lei
    And Li Lei has been given 1 card in all
    And the number of members has grown by 1
