//! Checks of jsapi.my.addCardAuth and the button, beside its table.

use crate::check::Shop;
use crate::contract::CONTRACTS;
use engine::provider::{ClientCall, Decide, Joining, Provider};
use serde_json::Value;
use testkit::{Field, Names, Stage};
use world::merchant::Era;
use world::names::UserId;

struct Phone {
    shop: Shop,
    names: Names,
    user: UserId,
}

impl Phone {
    fn new() -> Self {
        let (mut shop, mut names) = (Shop::new(7, Era::UserId), Names::default());
        shop.given(&["a", "template", "T"], &[], &mut names).unwrap();
        shop.given(&["a", "form", "on", "T", "asking", "MOBILE"], &[], &mut names).unwrap();
        let pass = Field { path: "out_string".to_owned(), value: "123".into() };
        shop.given(&["a", "link", "L", "to", "T"], &[pass], &mut names).unwrap();
        let user = shop.customer(1);
        Self { shop, names, user }
    }

    fn link(&self) -> String {
        percent_encoding::percent_decode_str(self.names.get("L").unwrap()).decode_utf8().unwrap().into_owned()
    }

    fn add_card(&self, url: &str, decide: Decide) -> Value {
        let app = self.shop.app.to_string();
        let asked = ClientCall { api: "my.addCardAuth".to_owned(), app, url: Some(url.to_owned()), decide, ..ClientCall::default() };
        let told = self.shop.platform.client_call(&self.shop.sandbox, &self.user, &asked).unwrap();
        let report = CONTRACTS.get("jsapi.my.addCardAuth").unwrap().validate_response(&told);
        assert!(report.is_valid(), "{report:?}\n{told:#}");
        told
    }
}

#[test]
fn the_result_has_the_data_of_the_redirect_and_its_code_is_good() {
    let mut phone = Phone::new();
    let told = phone.add_card(&phone.link(), Decide::Agree);
    assert_eq!(told["resultStatus"], "9000");
    assert_eq!(told["result"]["state"], "bWNhcmQ=");
    assert_eq!(told["result"]["out_string"], "123");
    assert_eq!(told["result"]["template_id"].as_str(), phone.names.get("T"));
    phone.names.bind("Li.code", told["result"]["auth_code"].as_str().unwrap());
    phone.shop.given(&["Li", "has", "a", "token"], &[], &mut phone.names).unwrap();
}

#[test]
fn a_mini_program_needs_no_callback_where_a_browser_does() {
    let phone = Phone::new();
    let without = phone.link().split("&callback=").next().unwrap().to_owned();
    let joining = Joining { link: without.clone(), ..Joining::default() };
    assert_eq!(phone.shop.platform.join(&phone.shop.sandbox, &phone.user, &joining).unwrap_err().code, "ERR010");
    assert_eq!(phone.add_card(&without, Decide::Agree)["success"], true);
}

#[test]
fn each_reason_to_fail_has_its_code() {
    let mut phone = Phone::new();
    let code = |told: Value| told["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(code(phone.add_card(&phone.link(), Decide::Cancel)), "JSAPI_SERVICE_TERMINATED");
    assert_eq!(code(phone.add_card("", Decide::Agree)), "JSAPI_PARAM_INVALID");
    assert_eq!(code(phone.add_card(phone.names.get("L").unwrap(), Decide::Agree)), "JSAPI_PARAM_INVALID");
    assert_eq!(code(phone.add_card("https://example.com/?a=1", Decide::Agree)), "INVALID_APPLY_CARD_LINK");
    phone.shop.given(&["a", "template", "U"], &[], &mut phone.names).unwrap();
    let other = phone.link().replace(phone.names.get("T").unwrap(), phone.names.get("U").unwrap());
    assert_eq!(code(phone.add_card(&other, Decide::Agree)), "OPEN_FORM_TEMPLATE_NOT_EXIST");
    phone.shop.given(&["a", "form", "on", "T", "asking", "MEMBER_GRADE"], &[], &mut phone.names).unwrap();
    assert_eq!(code(phone.add_card(&phone.link(), Decide::Agree)), "OPEN_FORM_USER_LACK_INFO");
    phone.shop.given(&["a", "template", "V"], &[], &mut phone.names).unwrap();
    phone.names.bind("Li", phone.user.as_str());
    phone.shop.given(&["Li", "holds", "card", "C", "of", "V"], &[], &mut phone.names).unwrap();
    let held = phone.link().replace(phone.names.get("T").unwrap(), phone.names.get("V").unwrap());
    assert_eq!(code(phone.add_card(&held, Decide::Agree)), "ALREADY_ACTIVE_CARD");
}

#[test]
fn a_call_that_is_not_imitated_or_an_unknown_application_is_said_to_be() {
    let phone = Phone::new();
    let ask = |api: &str, app: &str| {
        let asked = ClientCall { api: api.to_owned(), app: app.to_owned(), ..ClientCall::default() };
        phone.shop.platform.client_call(&phone.shop.sandbox, &phone.user, &asked).unwrap_err().code
    };
    assert_eq!(ask("my.dance", phone.shop.app.as_str()), "UNKNOWN_API");
    assert_eq!(ask("my.addCardAuth", "9021"), "UNKNOWN_APP");
    assert_eq!(ask("my.getAuthorize", phone.shop.app.as_str()), "INVALID_SCOPE");
}
