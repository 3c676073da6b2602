@till @points @concurrent
Feature: Several tills at once on one card
  Ten sales at the same moment are ten times the points, and the card shows the last total. Of several tills that spend the same
  points only one can (LED-001, LED-002, UPD-001, UPD-008).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Ten sales at once
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And 10 tills charge 11.00 each at the same moment
    Then within 30 s the merchant has nothing left to do
    And within 5 s the card of Li Lei shows 110 points
    And the platform has recorded 10 purchases on the card of Li Lei

  Scenario: The same points three times
    Given the customer "Han Meimei" with a member card and 100 points
    When Han Meimei shows the card
    And the scanner reads the code
    And 3 tills charge 1.00 each, 100 points off, at the same moment
    Then 1 of the tills showed "paid"
    And 2 of the tills showed "not enough points"
    And within 30 s the merchant has nothing left to do
    And within 5 s the card of Han Meimei shows 0 points
