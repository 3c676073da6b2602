@join
Feature: Somebody who has the card already
  The link leads to the card instead of the form. Nothing is opened, nobody is asked anything (OPN-004).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei scans the poster a second time
    Given the customer "Li Lei" with a member card
    When Li Lei scans the join poster and agrees
    Then Li Lei has been given 1 card in all
    And the number of members has grown by 1
    And the merchant has called "alipay.marketing.card.open" 1 time
