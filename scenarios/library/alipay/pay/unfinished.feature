@till @pay @cancel
Feature: The customer does not finish
  Refusing or walking away leaves a trade that could still be paid. The merchant asks for about a minute, then cancels it, so that
  nobody pays ten minutes later for tea that was never handed over (TRD-003, TRD-004).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario Outline: Han Meimei <does>
    Given the customer "Han Meimei" who <does> when asked to confirm
    When the cashier charges 500.00, and Han Meimei shows the payment code
    Then within 100 s the merchant has cancelled the trade
    And within 10 s the till shows "cancelled"
    And Han Meimei has paid nothing
    When Han Meimei tries to confirm the payment too late
    Then Han Meimei has paid nothing

    Examples:
      | does       |
      | refuses    |
      | walks away |
