@join
Feature: The browser comes back twice
  A customer who reloads the page, or goes back and forth, sends the same one-time code again. It is one opening, one member, and
  one exchange of the code (OPN-002, OAU-001).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei reloads the page after joining
    Given the customer "Li Lei"
    When Li Lei scans the join poster and agrees
    And the browser of Li Lei repeats the callback
    Then within 5 s the merchant has opened a member card for Li Lei
    When the browser of Li Lei repeats the callback
    Then Li Lei has been given 1 card in all
    And the number of members has grown by 1
    And the merchant has called "alipay.system.oauth.token" 1 time
    And the merchant has called "alipay.marketing.card.open" 1 time
