@join @fast
Feature: The platform's request for a card goes astray
  It comes twice, or its answer is late, or never heard and it is asked again under the same number: one card, one member. What is forged,
  days old or about another template is refused, and the customer has no card (SPI-001, SPI-003, SPI-007).

  Background:
    Given the merchant "tea-house" with a member card that is opened in one step

  Scenario Outline: The request <does>
    Given the customer "Li Lei"
    And the platform's next request for a card <does>
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And Li Lei has been given 1 card in all
    And the number of members has grown by 1

    Examples:
      | does                           |
      | comes twice                    |
      | comes twice at the same moment |
      | is answered late               |

  Scenario Outline: The request <does>, and the customer tries again
    Given the customer "Han Meimei"
    And the platform's next request for a card <does>
    When Han Meimei scans the join poster and agrees
    Then Han Meimei holds no member card
    When Han Meimei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Han Meimei
    And Han Meimei has been given 1 card in all
    And the number of members has grown by 1

    Examples:
      | does                             |
      | gets an answer that nobody hears |
      | gets lost                        |

  Scenario Outline: A request that <does>
    Given the customer "Li Lei"
    And the platform's next request for a card <does>
    When Li Lei scans the join poster and agrees
    Then Li Lei holds no member card
    And the number of members has not grown

    Examples:
      | does                   |
      | is forged              |
      | is three days old      |
      | names another template |
