@join @till @pay @points @refund @notice @lost-reply
Feature: A day in the shop
  From the first guest to the last: one joins and pays, one has to confirm, for one the line is bad, and one brings something back.
  At night nobody has paid twice, and every point stands for money that was kept.

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: At ten Li Lei joins at the counter and pays for the tea
    Given the customer "Li Lei"
    When Li Lei scans the join poster and fills in
      | field | value  |
      | name  | Li Lei |
    Then within 5 s the merchant has opened a member card for Li Lei
    And the card of Li Lei shows 0 points

    When Li Lei shows the card
    And the scanner reads the code
    And the cashier looks the member up
    Then the till shows the member "Li Lei" with 0 points

    When the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And Li Lei has paid 35.00 once
    And the till shows 35 new points
    And within 5 s the card of Li Lei shows 35 points
    And within 5 s the card of Li Lei shows a purchase of 35.00

  Scenario: At noon Han Meimei pays for the whole table and has to confirm
    Given the customer "Han Meimei" with a member card
    When 2 h pass
    And Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 260.00, and Han Meimei shows the payment code
    Then the till shows "waiting"
    And the card of Han Meimei shows 0 points
    When 12 s pass
    And Han Meimei confirms the payment
    Then within 20 s the till shows "paid"
    And Han Meimei has paid 260.00 once
    And within 5 s the card of Han Meimei shows 260 points

  Scenario: At three the line is bad while Lin Tao joins and pays
    Given the customer "Lin Tao"
    When 3 h pass
    Given the platform will commit the next "alipay.marketing.card.open" and lose the reply
    When Lin Tao scans the join poster and agrees
    Then within 60 s the merchant has opened a member card for Lin Tao
    And every retry of "alipay.marketing.card.open" carried the same serial number

    Given the platform will commit the next "alipay.trade.pay" and lose the reply
    And the platform will send the next payment notice twice
    When Lin Tao shows the card
    And the scanner reads the code
    And the cashier charges 88.00, and Lin Tao shows the payment code
    Then within 60 s the till shows "paid"
    And Lin Tao has paid 88.00 once
    And the platform knows 1 trade of Lin Tao
    And within 5 s the merchant has taken the payment notice
    When the platform sends the payment notice again
    Then the merchant has taken what was sent
    And within 5 s the card of Lin Tao shows 88 points
    And the platform has recorded 1 purchase on the card of Lin Tao

  Scenario: At six Wei Hua brings one of three cups back
    Given the customer "Wei Hua" with a member card
    When Wei Hua shows the card
    And the scanner reads the code
    And the cashier charges 120.00, and Wei Hua shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the card of Wei Hua shows 120 points
    When 3 h pass
    And the cashier refunds 40.00
    Then within 30 s the till shows the refund as "done"
    And Wei Hua has got back 40.00
    And the wallet of Wei Hua holds 920.00
    And within 5 s the card of Wei Hua shows 80 points
    And within 10 s the till and the platform agree about the money
    And within 60 s the merchant has nothing left to do
