@notice
Feature: Notices with more in them than expected
  New fields are part of what is signed, and a kind that nobody knows is noted and taken (NTF-001, NTF-017, NTF-020).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A field from next year's documentation
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the merchant has taken the payment notice
    When the platform sends another payment notice with "brand_new_field" changed to "a+b %20 引号 & more"
    Then the merchant has taken what was sent

  Scenario: Letters that frameworks like to change
    Given the customer "Han Meimei" with a member card
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Han Meimei shows the payment code
    Then within 60 s the till shows "paid"
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    When the platform sends another payment notice with "body" changed to "<b>茶 & '点心'</b> 50%+ \o/ 😀"
    Then the merchant has taken what was sent

  Scenario: A kind of notice that nobody knows
    When the platform sends a notice of the unknown kind "mystery_sync"
    Then the merchant has taken what was sent
    And the number of members has not grown

  Scenario: A new field for somebody without a card
    Given the customer "Wei Hua" with 100.00 in the wallet
    When the cashier charges 35.00, and Wei Hua shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the merchant has taken the payment notice
    When the platform sends another payment notice with "brand_new_field" changed to "a+b %20 引号 & more"
    Then the merchant has taken what was sent
    When the platform sends another payment notice with "body" changed to "<b>茶 & '点心'</b> 50%+ \o/ 😀"
    Then the merchant has taken what was sent
