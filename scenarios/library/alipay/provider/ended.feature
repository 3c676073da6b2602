@provider @life
Feature: The authorisation is taken back
  The merchant ends the authorisation. The provider stops calling; the sale stays in its book and is not asked about for ever (OAU-006).

  Scenario: A sale after the end
    When a merchant authorises the provider
    Given the merchant "tea-house" with a member card template
    And the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 20.00
    Then within 10 s the card of Li Lei shows 20 points
    When the merchant takes the authorisation back
    And the cashier charges 10.00
    And 30 min pass
    Then the merchant has called "alipay.marketing.card.update" at most 3 times
    And the till shows 10 new points
