@join @fast
Feature: A form with everything in it
  Fields of every kind, empty ones, one that nobody knows and a long address come with the request for a card. The merchant takes what it
  knows (SPI-006).

  Background:
    Given the merchant "tea-house" with a member card that is opened in one step

  Scenario: Li Lei fills in everything
    Given the customer "Li Lei"
    And the platform's next request for a card carries a long form
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And the number of members has grown by 1
