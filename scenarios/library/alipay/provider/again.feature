@provider @life @notice
Feature: The merchant authorises again
  The authorisation was taken back, and given anew. News of the withdrawal that comes once more is about the one
  before: the provider goes on.

  Scenario: The withdrawal is told again after the merchant has authorised again
    Given the platform knows the provider's gateway
    When a merchant authorises the provider
    Given the merchant "tea-house" with a member card template
    And the customer "Li Lei" with a member card
    When the merchant takes the authorisation back
    And 1 min pass
    And a merchant authorises the provider
    And the platform sends the withdrawal notice again
    Then the merchant has taken what was sent
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the card of Li Lei shows 35 points
