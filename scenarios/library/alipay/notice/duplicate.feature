@notice @points
Feature: The same notice several times
  Notices come twice, come again, and come under another number. The payment is one, and so are the points (NTF-007, NTF-008).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Three times the same, once under another number
    Given the customer "Han Meimei" with a member card
    And the platform will send the next payment notice twice
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 88.00, and Han Meimei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the merchant has taken the payment notice
    And within 5 s the card of Han Meimei shows 88 points
    When the platform sends the payment notice again
    Then the merchant has taken what was sent
    When the platform sends the payment notice again under another number
    Then within 5 s the card of Han Meimei shows 88 points
    And Han Meimei has paid 88.00 once
    And the platform has recorded 1 purchase on the card of Han Meimei
