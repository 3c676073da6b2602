@join @online
Feature: Joining by a link and in a mini program
  The same card, opened from a web page and from within the merchant's mini program; who cancels there is told so and can begin again (OAU-010).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: By a link on a web page
    Given the customer "Li Lei"
    When Li Lei opens the join link and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And the number of members has grown by 1

  Scenario: In the mini program, at the second try
    Given the customer "Han Meimei"
    When Han Meimei begins to join in the mini program and cancels
    Then the phone of Han Meimei shows "JSAPI_SERVICE_TERMINATED"
    And Han Meimei holds no member card
    When Han Meimei joins in the mini program and agrees
    Then within 5 s the merchant has opened a member card for Han Meimei
    And the card of Han Meimei shows 0 points
