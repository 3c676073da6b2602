//! How a merchant is told each code in the classic form.

use super::arranged::*;
use super::*;

/// What a merchant does in the classic form to be told so.
#[expect(clippy::too_many_lines, reason = "a few lines for each code, and nothing else")]
pub(super) fn classic(code: &str) -> Option<AnswerBytes> {
    let shop = shop();
    let whole = || shop.request(UPDATE).biz_content("{}");
    let secured = |ask: Securing| secured(&shop, &ask);
    let with = |name: &str, value: &str| shop.send(&whole().parameter(name, value));
    let without = |name: &str| shop.send(&whole().without(name));
    Some(match code {
        "isv.missing-method" => without("method"),
        "isv.invalid-method" => with("method", "alipay.no.such"),
        "isv.missing-timestamp" => without("timestamp"),
        "isv.invalid-timestamp" => with("timestamp", "2026-07-01T12:00:00"),
        "isv.missing-version" => without("version"),
        "isv.invalid-version" => with("version", "one"),
        "isv.unsupported-version" => with("version", "2.0"),
        "isv.invalid-charset" => {
            let sent = whole().carriage(Carriage::Get).sign(&shop.app_key).unwrap();
            raw(&shop, &sent.query.replace("charset=utf-8", "charset=latin"))
        }
        "isv.invalid-format" => with("format", "csv"),
        "isv.missing-signature-type" => without("sign_type"),
        "isv.invalid-signature-type" => with("sign_type", "HMAC"),
        "isv.missing-app-id" => without("app_id"),
        "isv.invalid-app-id" => with("app_id", "9021000000000000"),
        "isv.missing-signature" => {
            let sent = whole().carriage(Carriage::Get).sign(&shop.app_key).unwrap();
            let unsigned: Vec<_> = sent.query.split('&').filter(|pair| !pair.starts_with("sign=")).collect();
            raw(&shop, &unsigned.join("&"))
        }
        "isv.missing-signature-config" => {
            keyless(&shop);
            shop.send(&whole())
        }
        "isv.missing-app-cert-sn" => {
            secured(certified());
            shop.send(&whole())
        }
        "isv.app-cert-not-exist" => {
            secured(certified());
            with("app_cert_sn", "0123456789abcdef0123456789abcdef")
        }
        "isv.app-cert-expired" => {
            let sheet = secured(certified());
            shop.pass(6 * 365 * 86_400);
            shop.send(&named(shop.request(UPDATE), &sheet))
        }
        "isv.missing-alipay-root-cert-sn" => {
            let sheet = secured(certified());
            with("app_cert_sn", &sheet.certificates.unwrap().app_cert_sn)
        }
        "isv.invalid-alipay-root-cert-sn" => {
            let sheet = secured(certified());
            shop.send(&named(whole(), &sheet).parameter("alipay_root_cert_sn", "0123456789abcdef0123456789abcdef"))
        }
        "isv.alipay-cert-not-exist" => {
            let sheet = secured(certified());
            let asked = r#"{"alipay_cert_sn":"0123456789abcdef0123456789abcdef"}"#;
            shop.send(&named(shop.request("alipay.open.app.alipaycert.download").biz_content(asked), &sheet))
        }
        "isv.invalid-signature" => {
            let stranger = pool::signing_key(9);
            let sent = whole().carriage(Carriage::Get).sign(&stranger).unwrap();
            raw(&shop, &sent.query)
        }
        "isv.unsupported-expired-app-key-sign" => {
            secured(Securing { renew: vec![Renew::AppKey], ..Securing::default() });
            shop.send(&whole())
        }
        "isv.suspected-attack" => shop.send(&shop.request(UPDATE).biz_content(r#"{"target_card_no":"a&out_trade_no=1"}"#)),
        "aop.invalid-app-auth-token" => with("app_auth_token", "nobodys"),
        "aop.app-auth-token-time-out"
        | "aop.invalid-app-auth-token-no-api"
        | "aop.no-product-reg-by-partner"
        | "isv.not-support-app-auth" => {
            let mut shop = shop;
            let (app, token, method) = placed(&mut shop, code);
            shop.send(&ClientRequest::new(&app, method, shop.now().0).biz_content("{}").parameter("app_auth_token", &token))
        }
        "isv.decryption-error-missing-encrypt-type" => {
            let key = content_key(&secured(encrypted()));
            let sent = whole().encrypted(&key).without("encrypt_type");
            shop.send(&sent)
        }
        "isv.invalid-encrypt-type" => with("encrypt_type", "ROT13"),
        "isv.decryption-error-not-valid-encrypt-type" => with("encrypt_type", "SM4"),
        "isv.decryption-error-not-valid-encrypt-key" => with("encrypt_type", "AES"),
        "isv.decryption-error-unknown" => {
            secured(encrypted());
            with("encrypt_type", "AES")
        }
        "isv.invalid-encrypt" => {
            let key = content_key(&secured(encrypted()));
            let content = key.encrypt(b"{\"a\":\"\xff\"}");
            shop.send(&shop.request(UPDATE).biz_content(&content).parameter("encrypt_type", "AES"))
        }
        "aop.invalid-auth-token" => shop.send(&shop.request(FORM).biz_content("{}").parameter("auth_token", "nobodys")),
        "aop.auth-token-time-out" => {
            let (mut shop, token) = (shop, "token");
            let token = agreed(&mut shop, token);
            shop.pass(16 * 86_400);
            shop.send(&shop.request(FORM).biz_content("{}").parameter("auth_token", &token))
        }
        "isv.insufficient-isv-permissions" => shop.send(
            &shop.request("alipay.marketing.card.open.apply").biz_content(&opening("20260701000000000000000000300001", "2088000000000001")),
        ),
        "isv.illegal-json" => shop.send(&shop.request(UPDATE).biz_content("{")),
        "isv.invalid-parameter" => shop.answer(RequestBytes {
            method: "POST".to_owned(),
            target: format!("/gateway.do?app_id={}&method={UPDATE}", shop.app),
            headers: vec![("Content-Type".to_owned(), "multipart/form-data".to_owned())],
            body: bytes::Bytes::from_static(b"x"),
        }),
        "isv.app-openid-not-match" | "isv.invalid-openid" => {
            let mut shop = shop;
            let asked = naming(&mut shop, code);
            shop.send(&shop.request(CARD).biz_content(&asked))
        }
        "isp.unknow-error" => {
            fenced(&shop);
            shop.send(&create(&shop))
        }
        "aop.unknow-error" => {
            shop.platform.admission.close();
            shop.send(&whole())
        }
        _ => {
            let parameters = exchange(code)?;
            let (mut shop, mut request) = (shop, None);
            for (name, value) in parameters(&mut shop) {
                request = Some(request.unwrap_or_else(|| shop.request("alipay.system.oauth.token")).parameter(name, &value));
            }
            shop.send(&request.unwrap())
        }
    })
}
