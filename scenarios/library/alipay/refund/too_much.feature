@till @refund
Feature: More than was paid
  The merchant refuses by itself what is more than was paid and not yet given back; pressing the button once more is the same refund
  and moves no money (RFD-002, RFD-003).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Pressed twice, and then too much
    Given the customer "Li Lei" with 100.00 in the wallet
    When the cashier charges 100.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    When the cashier refunds 60.00
    And the cashier presses refund once more
    Then within 30 s the till shows the refund as "done"
    And Li Lei has got back 60.00
    When the cashier refunds 60.00
    Then within 30 s the till shows the refund as "refused"
    And Li Lei has got back 60.00
    And the wallet of Li Lei holds 60.00

  Scenario: Two tills at the same moment
    Given the customer "Han Meimei" with 100.00 in the wallet
    When the cashier charges 100.00, and Han Meimei shows the payment code
    Then within 60 s the till shows "paid"
    When two tills refund 60.00 each at the same moment
    Then within 60 s the merchant has nothing left to do
    And Han Meimei has got back 60.00
