@time @till
Feature: Around midnight
  Sales on both sides of midnight, and at the end of a month: times are China's, and each purchase has its own day (SIG-007, UPD-001,
  OPS-006).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario Outline: Before and after <stroke>
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And it is ten seconds before <stroke>
    And the cashier charges 10.00
    And 20 s pass
    And the cashier charges 20.00
    Then within 10 s the card of Li Lei shows 30 points
    And the platform has recorded 2 purchases on the card of Li Lei
    And every purchase on the card of Li Lei was recorded with the time it was made

    Examples:
      | stroke               |
      | midnight             |
      | the end of the month |
      | the leap day         |
