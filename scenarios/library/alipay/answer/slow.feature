@answers @join
Feature: The platform takes its time
  While the merchant waits for the platform, the customer's phone already shows a page: the work goes on behind it (OPN-007).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: The token comes late
    Given the customer "Li Lei"
    And the platform will answer the next "alipay.system.oauth.token" after 400 ms
    When Li Lei scans the join poster and agrees
    Then within 10 s the merchant has opened a member card for Li Lei
    And the merchant has called "alipay.system.oauth.token" 1 time
