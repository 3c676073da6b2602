@join @fast
Feature: A card in one step
  The platform itself asks the merchant for the card and tells how it ended; no code, no token, no second page (SPI-002, SPI-004).

  Background:
    Given the merchant "tea-house" with a member card that is opened in one step

  Scenario: Li Lei joins in one step
    Given the customer "Li Lei"
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And the number of members has grown by 1
    And the card of Li Lei shows 0 points
    And within 5 s the merchant has taken the opening notice
    And the merchant has not called "alipay.system.oauth.token"

    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00
    Then within 5 s the card of Li Lei shows 35 points
