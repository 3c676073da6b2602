Feature: A state that is somebody else's
  An address with a made-up state comes to the merchant's page, or to the provider's. Nothing crashes, and no authorisation is taken from
  a link that somebody else made (OAU-003).

  @join
  Scenario: Li Lei's callback comes again with an odd state
    Given the merchant "tea-house" with a member card template
    And the customer "Li Lei"
    When Li Lei scans the join poster and agrees
    And the browser of Li Lei repeats the callback with the state "x"
    Then within 5 s the merchant has opened a member card for Li Lei
    And Li Lei has been given 1 card in all
    And the number of members has grown by 1

  @provider
  Scenario: A merchant comes to the provider by a link that somebody else made
    When somebody sends a merchant to the provider with the state "x"
    Then the merchant has not called "alipay.open.auth.token.app"
    When a merchant authorises the provider
    Given the merchant "tea-house" with a member card template
    Then the merchant has called "alipay.open.auth.token.app" 1 time
