@join
Feature: The account is switched on the way
  One person's form comes back with another person's consent. Nobody may get a card out of that (OAU-012).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei's form with Han Meimei's consent
    Given the customer "Li Lei"
    And the customer "Han Meimei"
    When Li Lei scans the join poster, agrees and switches to the account of Han Meimei
    Then within 10 s the merchant has told Li Lei what to do instead
    And Li Lei holds no member card
    And Han Meimei holds no member card
