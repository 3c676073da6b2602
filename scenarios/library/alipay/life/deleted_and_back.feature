@life @card
Feature: Deleted and taken again
  A customer deletes the card and joins again months later: the same person, the same member, the same points (LIF-001, LIF-002, OPN-005).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Three months later
    Given the customer "Li Lei" with a member card and 320 points
    When Li Lei deletes the card
    Then within 5 s the merchant has taken the card notice
    When 90 d pass
    And Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And within 5 s the card of Li Lei shows 320 points
    And the number of members has grown by 1

  Scenario: The next day
    Given the customer "Han Meimei" with a member card and 320 points
    When Han Meimei deletes the card
    Then within 5 s the merchant has taken the card notice
    When 1 d pass
    And Han Meimei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Han Meimei
    When 10 min pass
    Then the card of Han Meimei shows 320 points
