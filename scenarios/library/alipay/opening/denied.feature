@join
Feature: A customer who does not want to
  Consent that is denied or a page that is closed is no card and no member, and nothing is asked of the platform (OAU-010).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario Outline: Li Lei <does>
    Given the customer "Li Lei"
    When Li Lei scans the join poster and <does>
    Then Li Lei holds no member card
    And the number of members has not grown
    And the merchant has not called "alipay.system.oauth.token"

    Examples:
      | does            |
      | denies consent  |
      | closes the page |
