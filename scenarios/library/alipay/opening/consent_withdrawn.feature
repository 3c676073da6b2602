@join
Feature: Consent is taken back
  The platform was busy, and before the merchant asks again the customer takes consent back: the token is dead. The merchant stops, says
  so, and asks again only when the customer comes again (OAU-006).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei changes his mind on the way
    Given the customer "Li Lei"
    And the platform will refuse the next 4 "alipay.marketing.card.open" with "aop.unknow-error"
    When Li Lei scans the join poster and agrees
    And Li Lei withdraws consent
    Then within 60 s the merchant has told Li Lei what to do instead
    And Li Lei holds no member card
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
