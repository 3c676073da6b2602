@till @refund @notice @points
Feature: The money is back before the payment is announced
  The notice about the payment comes two hours late, when the refund is long done. It is no second payment and no second grant
  (RFD-006, NTF-012, NTF-013).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A late notice about a refunded payment
    Given the customer "Li Lei" with a member card
    And the next payment notice will come 2 h late
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 40.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    When the cashier refunds 40.00
    Then within 30 s the till shows the refund as "done"
    When 3 h pass
    Then Li Lei has paid nothing
    And the card of Li Lei shows 0 points
