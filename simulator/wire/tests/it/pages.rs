//! Page links, page forms and app strings that the SDKs hand to a browser or a phone: they open and verify like calls.

use bytes::Bytes;
use wire::alipay::{Incoming, Limits, Options, check, form, open};

use crate::requests::Gateway;
use crate::vectors::{self, text};

fn verified(http_method: &str, target: &str, body: &Bytes) {
    let opened = open(Incoming { http_method, target, content_type: None, body }, &Limits::default()).unwrap();
    let biz_content = opened.word("biz_content").unwrap().into_owned();
    let envelope = check(opened, &Gateway, Options::default()).unwrap_or_else(|refused| panic!("{target}: {:?}", refused.refusal));
    assert_eq!(envelope.biz_content().unwrap(), biz_content);
    assert!(biz_content.contains("会员"), "{biz_content}");
}

#[test]
fn links_and_app_strings_verify() {
    let file = vectors::file("pages.json");
    for (sdk, name) in [("python_official", "page_execute_get"), ("node", "pageExecute_get")] {
        verified("GET", text(&file[sdk], name), &Bytes::new());
    }
    for (sdk, name) in [("python_official", "sdk_execute"), ("node", "sdkExecute")] {
        verified("GET", &format!("/gateway.do?{}", text(&file[sdk], name)), &Bytes::new());
    }
}

#[test]
fn forms_verify_as_a_browser_sends_them() {
    let file = vectors::file("pages.json");
    for (sdk, name) in [("python_official", "page_execute_post"), ("node", "pageExecute_post")] {
        let html = text(&file[sdk], name);
        let (_, action) = html.split_once("action=\"").unwrap();
        let target = action.split_once('"').unwrap().0;
        let fields: Vec<_> = html
            .split("type=\"hidden\" name=\"")
            .skip(1)
            .map(|field| {
                let (name, rest) = field.split_once("\" value=\"").unwrap();
                (name.to_owned(), rest.split_once('"').unwrap().0.replace("&quot;", "\""))
            })
            .collect();
        let body = form::encode_pairs(fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
        verified("POST", target, &body.into());
    }
}
