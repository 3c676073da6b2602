@answers @points
Feature: Too many calls
  The platform lets an application make only so many calls in a second. The merchant slows down and loses nothing (UPD-007, OPS-004).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Five sales against a limit
    Given the customer "Li Lei" with a member card
    And the platform lets the merchant make 3 calls in 1 s
    When Li Lei shows the card
    And the scanner reads the code
    And 5 tills charge 10.00 each at the same moment
    Then within 5 min the merchant has nothing left to do
    When 45 min pass
    Then within 60 s the card of Li Lei shows 50 points
