@join @member @online
Feature: A member of old joins online
  Whether by poster or in the mini program, one mobile number is one member (OPN-009).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Han Meimei joins in the mini program
    Given the merchant already has the member "Han Meimei" with mobile "13800138002" and 80 points
    And the customer "Han Meimei" with mobile "13800138002"
    When Han Meimei joins in the mini program and agrees
    Then within 5 s the merchant has opened a member card for Han Meimei
    And the card of Han Meimei shows 80 points
    And the number of members has not grown
