@answers
Feature: Answers that look odd and are right
  White space, slashes, new fields: whoever verifies the bytes as they came has no trouble; whoever parses first and verifies
  afterwards has (RSP-001, RSP-005).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario Outline: Joining, with answers <odd>
    Given the platform will answer every "alipay.*" <odd>
    And the customer "Li Lei"
    When Li Lei scans the join poster and agrees
    Then within 60 s the merchant has opened a member card for Li Lei
    And Li Lei has been given 1 card in all

    Examples:
      | odd                                |
      | with extra fields                  |
      | with odd spacing                   |
      | with slashes written the other way |

  Scenario Outline: One opening is answered <odd>
    Given the customer "Li Lei"
    And the platform will answer the next "alipay.marketing.card.open" <odd>
    When Li Lei scans the join poster and agrees
    Then within 60 s the merchant has opened a member card for Li Lei
    And within 5 s the card of Li Lei shows 0 points

    Examples:
      | odd                                |
      | with extra fields                  |
      | with odd spacing                   |
      | with slashes written the other way |

  Scenario Outline: A payment is answered <odd>
    Given the customer "Wei Hua" with 100.00 in the wallet
    And the platform will answer every "alipay.trade.*" <odd>
    When the cashier charges 35.00, and Wei Hua shows the payment code
    Then within 60 s the till shows "paid"
    And Wei Hua has paid 35.00 once

    Examples:
      | odd                                |
      | with extra fields                  |
      | with odd spacing                   |
      | with slashes written the other way |
