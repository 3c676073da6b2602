@till @code
Feature: A code that changes
  The platform draws a new code every two minutes or so. The till finds the member by the code on the screen; an old photograph of
  it finds nobody.

  Background:
    Given the merchant "tea-house" with a member card template that shows a "dqrcode"

  Scenario: Li Lei's code runs out
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier looks the member up
    Then the till shows the member "Li Lei" with 0 points
    When 10 min pass
    And the cashier looks the member up
    Then the till shows no member
    And the card of Li Lei shows another code than before
