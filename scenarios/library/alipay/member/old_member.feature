@join @member
Feature: A member of old gets the card
  The merchant knows the mobile number from before. The customer is bound to that member instead of becoming a second one, and the
  points are carried over once, however often the card is deleted and taken again (OPN-009, LIF-002).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Points are carried over once
    Given the merchant already has the member "Li Lei" with mobile "13800138001" and 120 points
    And the customer "Li Lei" with mobile "13800138001"
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And the merchant has recognised Li Lei as a member of old
    And the card of Li Lei shows 120 points
    And the number of members has not grown

    When Li Lei deletes the card
    Then within 5 s the merchant has taken the card notice
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And the card of Li Lei shows 120 points
    And the number of members has not grown
