@notice @forged
Feature: Rightly signed, and about something else
  The signature holds, but amount, application, seller or order are not the merchant's own. A signature is no reason to believe the rest
  (NTF-004, NTF-005, NTF-006).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario Outline: Another <field>
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 88.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the merchant has taken the payment notice
    When the platform sends another payment notice with "<field>" changed to "<value>"
    Then the merchant has not taken what was sent
    And the card of Li Lei shows 88 points
    And the till shows "paid"

    Examples:
      | field        | value            |
      | total_amount | 0.01             |
      | app_id       | 2021000000000000 |
      | seller_id    | 2088000000000000 |
      | out_trade_no | nobody-knows-it  |

  Scenario: The first and only notice of an order names another amount
    Given the customer "Han Meimei" with a member card
    And the next payment notice will come with "total_amount" changed to "0.01"
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier shows an order of 88.00
    Then the till shows "waiting"
    Given the platform will refuse the next 2 "alipay.trade.query" with "ACQ.SYSTEM_ERROR"
    When Han Meimei scans the order and pays
    Then the merchant has not taken the payment notice
    And within 60 s the till shows "paid"
    And Han Meimei has paid 88.00 once
    And within 5 s the card of Han Meimei shows 88 points

  Scenario Outline: Another <field>, for somebody without a card
    Given the customer "Wei Hua" with 100.00 in the wallet
    When the cashier charges 88.00, and Wei Hua shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the merchant has taken the payment notice
    When the platform sends another payment notice with "<field>" changed to "<value>"
    Then the merchant has not taken what was sent
    And the till shows "paid"

    Examples:
      | field        | value            |
      | total_amount | 0.01             |
      | app_id       | 2021000000000000 |
      | out_trade_no | nobody-knows-it  |
