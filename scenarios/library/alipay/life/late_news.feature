@life @card @notice
Feature: News of an opening that comes after the deletion
  The first attempt to say that a card was opened is lost. Until it comes again the customer has deleted the card: old news brings
  nothing back (LIF-005).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei deletes the card before the news of it comes
    Given the customer "Li Lei"
    And the next card notice will be lost
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    When Li Lei shows the card
    And the scanner reads the code
    And Li Lei deletes the card
    Then within 5 s the merchant has taken the card notice
    When 10 min pass
    And the cashier charges 10.00
    Then within 60 s the merchant has nothing left to do
    And the merchant has not called "alipay.marketing.card.update"
