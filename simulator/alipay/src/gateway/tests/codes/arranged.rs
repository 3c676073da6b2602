//! What must be so before a call is told a code: applications without keys, with certificates, tokens that ran out, a lost store.

use super::*;
use world::switch::{Switch, SwitchTurned};

pub(super) type Parameters = fn(&mut Shop) -> Vec<(&'static str, String)>;

/// How `alipay.system.oauth.token` is brought to say so.
pub(super) fn exchange(code: &str) -> Option<Parameters> {
    fn refreshing(refresh: String) -> Vec<(&'static str, String)> {
        vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", refresh)]
    }
    Some(match code {
        "isv.grant-type-invalid" => |_| vec![("grant_type", "goodwill".to_owned()), ("code", "x".to_owned())],
        "isv.code-invalid" => |_| vec![("grant_type", "authorization_code".to_owned()), ("code", "nobodys".to_owned())],
        "isv.refresh-token-invalid" => |_| refreshing("nobodys".to_owned()),
        "isv.refresh-token-time-out" => |shop| {
            let refresh = agreed(shop, "refresh");
            shop.pass(60 * 86_400);
            refreshing(refresh)
        },
        "isv.refreshed-token-invalid" => |shop| {
            let refresh = agreed(shop, "refresh");
            let request =
                shop.request("alipay.system.oauth.token").parameter("grant_type", "refresh_token").parameter("refresh_token", &refresh);
            assert!(sub_code(&shop.send(&request)).is_empty());
            refreshing(refresh)
        },
        _ => return None,
    })
}

/// Li agrees, and the application has this token of hers.
pub(super) fn agreed(shop: &mut Shop, which: &str) -> String {
    let mut names = Names::default();
    shop.given(&["Li", "agrees", "to", "auth_user"], &[], &mut names).unwrap();
    shop.given(&["Li", "has", "a", "token"], &[], &mut names).unwrap();
    names.get(&format!("Li.{which}")).unwrap().to_owned()
}

/// A provider's application, the token of a merchant's authorisation that leads to this code, and the call it is sent with.
pub(super) fn placed(shop: &mut Shop, code: &str) -> (String, String, &'static str) {
    let mut names = Names::default();
    let turn = |switch| SwitchTurned { switch, on: true };
    shop.given(&["a", "provider", "P"], &[], &mut names).unwrap();
    if code == "aop.invalid-app-auth-token-no-api" {
        shop.given(&["the", "merchant", "authorises", "P", "for", CARD], &[], &mut names).unwrap();
        let request = format!(r#"{{"grant_type":"authorization_code","code":"{}"}}"#, names.get("P.app_code").unwrap());
        let request = ClientRequest::new(names.get("P").unwrap(), "alipay.open.auth.token.app", shop.now().0).biz_content(&request);
        names.bind("P.app_token", object(&shop.send(&request))["app_auth_token"].as_str().unwrap());
    } else {
        shop.given(&["P", "stands", "for", "the", "merchant"], &[], &mut names).unwrap();
    }
    match code {
        "aop.app-auth-token-time-out" => {
            shop.record(turn(Switch::DelegationsRunOut));
            shop.pass(365 * 86_400);
        }
        "aop.no-product-reg-by-partner" => shop.record(turn(Switch::DelegatedWithoutProduct)),
        _ => {}
    }
    let method = if code == "isv.not-support-app-auth" { "alipay.open.auth.token.app" } else { UPDATE };
    (names.get("P").unwrap().to_owned(), names.get("P.app_token").unwrap().to_owned(), method)
}

/// A query of Li's card that names her by another application's open id, or by none at all.
pub(super) fn naming(shop: &mut Shop, code: &str) -> String {
    let mut names = Names::default();
    shop.given(&["a", "template", "T"], &[], &mut names).unwrap();
    shop.given(&["Li", "holds", "card", "C", "of", "T"], &[], &mut names).unwrap();
    shop.given(&["another", "application", "A"], &[], &mut names).unwrap();
    let of_another = crate::ids::open_id(7, &names.get("A").unwrap().into(), &names.get("Li").unwrap().into());
    let open_id = if code == "isv.invalid-openid" { "nobodys".to_owned() } else { of_another };
    json!({"target_card_no": names.get("C"), "target_card_no_type": "BIZ_CARD", "card_user_info": {"user_uni_id_type": "UID", "open_id": open_id}}).to_string()
}

pub(super) fn opening(template: &str, user: &str) -> String {
    let asked = json!({
        "out_serial_no": "S",
        "card_template_id": template,
        "card_user_info": {"user_uni_id_type": "UID", "user_uni_id": user},
        "card_ext_info": {"external_card_no": "E", "open_date": "2026-07-01 12:00:00"},
    });
    asked.to_string()
}

pub(super) fn create(shop: &Shop) -> ClientRequest {
    let mut document = crate::check::template();
    document["request_id"] = json!("R");
    shop.request("alipay.marketing.card.template.create").biz_content(&document.to_string())
}

/// Another owner takes the sandbox's line to the disk: nothing of ours may be written any more.
pub(super) fn fenced(shop: &Shop) {
    shop.platform.engine.log().claim(&engine::log::SandboxId::from(shop.sandbox.name())).unwrap();
}

pub(super) fn keyless(shop: &Shop) {
    shop.record(AppKeysSet { app: shop.app.clone(), app_key: String::new(), platform_key: shop.platform_key().verifying().spki_base64() });
}

pub(super) fn certified() -> Securing {
    Securing { certificates: Some(true), ..Securing::default() }
}

pub(super) fn encrypted() -> Securing {
    Securing { encryption: Some(true), ..Securing::default() }
}

pub(super) fn secured(shop: &Shop, ask: &Securing) -> AppSheet {
    let keys = shop.platform.engine.keys();
    let fresh_keys = (10..14).map(|index| keys.published(index).verifying().spki_base64()).collect();
    let ask = Securing { fresh_keys, ..ask.clone() };
    shop.sandbox.run(|call| shop.platform.secure(call, keys, &shop.app, &ask)).unwrap().settled_blocking().unwrap().unwrap();
    shop.platform.apps(&shop.sandbox, keys).remove(0)
}

pub(super) fn content_key(sheet: &AppSheet) -> AesKey {
    AesKey::from_base64(sheet.aes_key.as_ref().unwrap()).unwrap()
}

pub(super) fn files(sheet: &AppSheet) -> (CertificateFile, CertificateFile) {
    let sheet = sheet.certificates.as_ref().unwrap();
    (CertificateFile::from_pem(&sheet.app_cert).unwrap(), CertificateFile::from_pem(&sheet.alipay_root_cert).unwrap())
}

pub(super) fn named(request: ClientRequest, sheet: &AppSheet) -> ClientRequest {
    let (app, roots) = files(sheet);
    request.certificates(app.leaf(), &roots)
}

pub(super) fn v3_named(request: v3::ClientRequest, sheet: &AppSheet) -> v3::ClientRequest {
    let (app, roots) = files(sheet);
    request.certificates(app.leaf(), &roots)
}

pub(super) fn raw(shop: &Shop, query: &str) -> AnswerBytes {
    shop.answer(RequestBytes { method: "GET".to_owned(), target: format!("/gateway.do?{query}"), ..RequestBytes::default() })
}

pub(super) fn v3_request(shop: &Shop, method: &str) -> v3::ClientRequest {
    v3::ClientRequest::to(v3::of_method(method).unwrap(), shop.app.as_str(), "n", shop.now().0)
}

pub(super) fn sent_v3(shop: &Shop, out: v3::Outgoing) -> AnswerBytes {
    let request = RequestBytes { method: out.http_method, target: out.target, headers: out.headers, body: out.body };
    shop.runtime.block_on(shop.platform.answer_v3(request)).answer.clone()
}
