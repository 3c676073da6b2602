@join
Feature: A customer who comes back without consent
  Whoever said no, or came by an old bookmark, is told how to go on instead of seeing an error, and can begin again (OAU-010).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei says no first
    Given the customer "Li Lei"
    When Li Lei scans the join poster and denies consent
    And Li Lei comes to the merchant's page without a code
    Then Li Lei holds no member card
    And the number of members has not grown
    And the merchant has not called "alipay.system.oauth.token"
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
