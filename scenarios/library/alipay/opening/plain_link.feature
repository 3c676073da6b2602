@join
Feature: The link lost what the merchant wrote into it
  Channels of the platform pass the link on without the merchant's out_string. The card is opened all the same (TPL-008).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei comes by a bare link
    Given the customer "Li Lei"
    When Li Lei opens the join link without its out_string and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And the number of members has grown by 1
