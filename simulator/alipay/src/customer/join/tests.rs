//! A customer opens an activation link.

use super::*;
use crate::check::{Shop, check};
use engine::provider::Provider;
use testkit::{Names, Stage};
use world::merchant::{AppCallbackSet, Era};

/// A shop with a template, a form and a link; the link comes back.
fn shop() -> (Shop, String) {
    let mut shop = Shop::new(7, Era::UserId);
    let mut names = Names::default();
    for line in ["a template T", "a form on T asking NAME MOBILE GENDER optionally EMAIL", "a link L to T"] {
        shop.given(&line.split(' ').collect::<Vec<_>>(), &[], &mut names).unwrap();
    }
    let link = names.get("L").unwrap().to_owned();
    (shop, link)
}

fn joining(link: &str) -> Joining {
    Joining { link: link.to_owned(), ..Joining::default() }
}

#[test]
fn the_browser_goes_back_in_the_documented_order() {
    let (shop, link) = shop();
    let user = shop.customer(0);
    let joined = shop.platform.join(&shop.sandbox, &user, &joining(&link)).unwrap();
    let (code, request) = (joined.auth_code.unwrap(), joined.request_id.unwrap());
    assert_eq!(request.len(), 29);
    let template = shop.look(|world, _| world.programmes().iter().next().unwrap().id.clone());
    let expected = format!(
        "http://127.0.0.1:3000/cb?app_id={}&auth_code={code}&state=bWNhcmQ%3D&scope=auth_base%2Cauth_user%2Cauth_ecard&template_id={template}&request_id={request}",
        shop.app
    );
    assert_eq!(joined.redirect_url.unwrap(), expected);
    let page = shop.sandbox.journal().before(u64::MAX, 1, |_| true);
    let exchange = &page.exchanges[0];
    assert_eq!((exchange.method.as_str(), exchange.answer.status), ("/account/openform/activecard.htm", 302));
    assert_eq!(exchange.flags[0].path, "apply_card_url", "the link was opened undecoded");
    assert_eq!(shop.platform.view(exchange)["redirect"]["params"]["request_id"], request);
}

#[test]
fn a_decoded_link_is_not_remarked_on_and_an_out_string_comes_back() {
    let (shop, link) = shop();
    let user = shop.customer(0);
    let decoded = percent_encoding::percent_decode_str(&link).decode_utf8().unwrap().replace("&callback=", "&out_string=a%26b&callback=");
    let joined = shop.platform.join(&shop.sandbox, &user, &joining(&decoded)).unwrap();
    assert!(joined.redirect_url.unwrap().ends_with("&out_string=a%26b"));
    assert!(shop.sandbox.journal().before(u64::MAX, 1, |_| true).exchanges[0].flags.is_empty());
}

#[test]
fn who_does_not_agree_stays_where_they_are() {
    let (shop, link) = shop();
    let user = shop.customer(0);
    for decide in [Decide::Deny, Decide::Cancel] {
        let joined = shop.platform.join(&shop.sandbox, &user, &Joining { decide, ..joining(&link) }).unwrap();
        assert!(joined.redirect_url.is_none() && joined.already_holds.is_none());
    }
    assert!(shop.look(|world, _| world.submissions().is_empty()));
}

#[test]
fn a_holder_sees_the_card_until_form_or_link_are_made_anew() {
    check(
        r#"
        given a template T
        given a form on T asking MOBILE
        given a link L to T
        given Li joins through L
        given Li has a token
        given 1 second pass
        given Li holds card C of T card_ext_info.open_date="2020-01-01 00:00:00"
        given Li joins through L
        expect Li.holds begins with kabao00000001
        given 1 second pass
        given a form on T asking MOBILE
        given Li joins through L
        expect Li.redirect begins with http://127.0.0.1:3000/cb?app_id=
        "#,
    );
}

#[test]
fn a_form_that_is_incomplete_or_knows_no_such_field_goes_nowhere() {
    let (shop, link) = shop();
    let user = shop.customer(0);
    let with = |code: &str, value: &str| Joining {
        form: BTreeMap::from([(format!("OPEN_FORM_FIELD_{code}"), value.to_owned())]),
        ..joining(&link)
    };
    let stopped = |joining: &Joining| shop.platform.join(&shop.sandbox, &user, joining).unwrap_err();
    assert_eq!(stopped(&with("MOBILE", "138")).code, "FORM_INCOMPLETE");
    assert!(stopped(&with("EMAIL", "x")).reason.contains("OPEN_FORM_FIELD_EMAIL"));
    assert_eq!(stopped(&with("CITY", "杭州")).code, "FORM_FIELD_UNKNOWN");
    assert!(shop.platform.join(&shop.sandbox, &user, &with("EMAIL", "li@example.cn")).is_ok());
}

#[test]
fn a_link_that_leads_nowhere_says_why_to_the_tester() {
    let (shop, link) = shop();
    let user = shop.customer(0);
    let decoded = percent_encoding::percent_decode_str(&link).decode_utf8().unwrap().into_owned();
    let stopped = |link: &str| shop.platform.join(&shop.sandbox, &user, &joining(link)).unwrap_err().code;
    assert_eq!(stopped("https://example.com/"), "NOT_A_CARD_LINK");
    assert_eq!(stopped(&decoded.replace("app_id=9021", "app_id=9022")), "UNKNOWN_APP");
    assert_eq!(stopped(&decoded.replace("template_id=2026", "template_id=2025")), "TEMPLATE_NOT_EXIST");
    assert_eq!(stopped(&decoded.replace("http://127.0.0.1:3000/cb", "https://shop.example/cb")), "ERR010");
    shop.record(AppCallbackSet { app: shop.app.clone(), callback: "https://shop.example/cb".to_owned() });
    assert_eq!(stopped(&decoded), "ERR010");
    assert!(
        shop.platform.join(&shop.sandbox, &user, &joining(&decoded.replace("http://127.0.0.1:3000/cb", "https://shop.example/cb"))).is_ok()
    );
    let stranger = UserId::from("2088000000000001");
    assert_eq!(shop.platform.join(&shop.sandbox, &stranger, &joining(&decoded)).unwrap_err().code, "UNKNOWN_CUSTOMER");
}
