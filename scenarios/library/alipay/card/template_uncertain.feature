@card @lost-reply
Feature: A template of which nobody knows whether it was made
  The platform makes the template, and its answer is lost. Asked again under the same number it gives that very template (TPL-003).

  Scenario: The answer to the template is lost
    Given the platform will commit the next "alipay.marketing.card.template.create" and lose the reply
    And the merchant "tea-house" with a member card template
    Then the merchant has called "alipay.marketing.card.template.create" again
    And every "alipay.marketing.card.template.create" carried the same "request_id"
    Given the customer "Li Lei"
    When Li Lei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
