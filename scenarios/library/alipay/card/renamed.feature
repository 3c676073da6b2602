@card
Feature: The template changes, and cards that were issued follow
  A new name on the template is a new name on every card. No card is opened anew for it (TPL-009).

  Background:
    Given the merchant "tea-house" with a member card template

  Scenario: Li Lei's card has another name
    Given the customer "Li Lei" with a member card
    When the merchant changes the name of the card to "tea+cake"
    Then within 5 s the card of Li Lei shows the name "tea+cake"
    And the merchant has called "alipay.marketing.card.open" 1 time
    And the merchant has called "alipay.marketing.card.template.modify" 1 time
