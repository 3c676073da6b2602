@join
Feature: The network goes away before the merchant's page
  The platform has the consent, but the browser never arrives. It arrives ten minutes later: the code is still good. Two days
  later it is not, and the customer is told what to do instead of seeing an error (OAU-002).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Ten minutes later
    Given the customer "Li Lei"
    When Li Lei scans the join poster, agrees and loses the network
    And 10 min pass
    And Li Lei comes back to the merchant's page
    Then within 5 s the merchant has opened a member card for Li Lei

  Scenario: Two days later
    Given the customer "Han Meimei"
    When Han Meimei scans the join poster, agrees and loses the network
    And 2 d pass
    And Han Meimei comes back to the merchant's page
    Then within 10 s the merchant has told Han Meimei what to do instead
    And Han Meimei holds no member card
    When Han Meimei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Han Meimei
