@life
Feature: The platform looks whether the gateway is the merchant's
  When the address of a gateway is saved, the platform asks for the application's public key, signed with the private one.

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: The merchant's gateway answers
    Then the merchant's gateway passes the platform's check
