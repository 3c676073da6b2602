@join @fast @member
Feature: A member of old joins in one step
  The merchant knows the mobile number already: one number, one member, points carried over once (OPN-009, SPI-009).

  Background:
    Given the merchant "tea-house" with a member card that is opened in one step

  Scenario: Li Lei was a member before there were cards
    Given the merchant already has the member "Li Lei" with mobile "13800138077" and 120 points
    And the customer "Li Lei" with mobile "13800138077"
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And the card of Li Lei shows 120 points
    And the number of members has not grown
