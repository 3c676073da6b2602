@join
Feature: The token dies while a card is opened
  The platform says that the customer's token has run out. Trying again with the same token is no use: the customer must come
  again, and gets a card then (OAU-006, RSP-007).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: A dead token at the opening
    Given the customer "Li Lei"
    And the platform will refuse the next "alipay.marketing.card.open" with "aop.auth-token-time-out"
    When Li Lei scans the join poster and agrees
    Then within 30 s the merchant has told Li Lei what to do instead
    And the merchant has called "alipay.marketing.card.open" at most 1 time
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And the number of members has grown by 1
