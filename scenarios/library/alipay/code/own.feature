@till @code @notice
Feature: A code that the merchant makes
  The platform asks the merchant for every code, in GBK and signed with a key of its own; the merchant answers with a call. The
  till knows its own code again (NTF-019, CRT-006).

  Background:
    Given the merchant "tea-house" with a member card template that shows a "mdqrcode"

  Scenario: Li Lei shows a code of the merchant's
    Given the customer "Li Lei" with a member card
    When Li Lei shows the card
    And the scanner reads the code
    And the cashier looks the member up
    Then the till shows the member "Li Lei" with 0 points
    And the merchant has taken the code notice

  Scenario: A remark in Chinese
    Given the customer "Han Meimei" with a member card
    When Han Meimei shows the card
    Then the merchant has taken the code notice
    When 10 min pass
    Given the next code notice will come with "Remark" changed to "会员码"
    When Han Meimei shows the card
    And the scanner reads the code
    And the cashier looks the member up
    Then the till shows the member "Han Meimei" with 0 points
    And the merchant has taken the code notice
