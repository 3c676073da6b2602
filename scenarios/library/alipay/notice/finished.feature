@notice @points @time
Feature: The trade is finished months later
  Once no refund is possible any more, the platform announces TRADE_FINISHED. It is no second payment (NTF-011).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A hundred days on
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the card of Li Lei shows 35 points
    When 100 d pass
    And the platform sends another payment notice with "trade_status" changed to "TRADE_FINISHED"
    Then the merchant has taken what was sent
    And the card of Li Lei shows 35 points
    And the platform has recorded 1 purchase on the card of Li Lei
