@join @fast @forged
Feature: A forged request for a card
  Whoever knows the merchant's address can ask it for a card. Without the platform's signature nothing comes of it (SPI-001).

  Background:
    Given the merchant "tea-house" with a member card that is opened in one step

  Scenario: Somebody else asks for a card
    When somebody opens the merchant's gateway with a forged request for a card
    Then the merchant has refused the request for a card
    And the number of members has not grown
