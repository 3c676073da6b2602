@join @member @open-id
Feature: Customers without a user id
  Applications of these years are told an open_id and no user_id. Joining, paying and points work all the same, and no "undefined"
  is anybody's name (IDN-001, IDN-002).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei joins and pays under an open_id
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier charges 35.00, and Li Lei shows the payment code
    Then within 60 s the till shows "paid"
    And within 5 s the card of Li Lei shows 35 points
    And the number of members has grown by 1
