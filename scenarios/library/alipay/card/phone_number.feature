@card @online
Feature: The phone number has a consent of its own
  Joining does not give the mini program the phone number. A button asks for it, and it comes encrypted; profile and phone number are
  never asked for in one dialog.

  Background:
    Given the merchant "tea-house" with a member card template

  @aes
  Scenario: Li Lei lets the mini program have the number
    Given the customer "Li Lei" with a member card
    Then the mini program gets no phone number of Li Lei
    When Li Lei does not let the mini program have the phone number
    Then the mini program gets no phone number of Li Lei
    When Li Lei lets the mini program have the phone number
    Then the mini program gets the phone number of Li Lei, encrypted
