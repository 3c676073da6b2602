//! How a merchant is told each code in V3.

use super::arranged::*;
use super::*;

/// What a merchant does in V3 to be told so.
#[expect(clippy::too_many_lines, reason = "a few lines for each code, and nothing else")]
pub(super) fn in_v3(code: &str) -> Option<AnswerBytes> {
    let shop = shop();
    let whole = || v3_request(&shop, UPDATE).json("{}");
    let secured = |ask: Securing| secured(&shop, &ask);
    let authorized = |change: &dyn Fn(&str) -> Option<String>| {
        // without an application there is no sandbox, and the clock is the real one
        let now = if code.ends_with("app-id") { engine::real_now() } else { shop.now() };
        let request = v3::ClientRequest::to(v3::of_method(UPDATE).unwrap(), shop.app.as_str(), "n", now.0).json("{}");
        let mut out = request.sign(&shop.app_key);
        let old = out.headers.iter().find(|(name, _)| name == "authorization").unwrap().1.clone();
        out.headers.retain(|(name, _)| name != "authorization");
        out.headers.extend(change(&old).map(|new| ("authorization".to_owned(), new)));
        sent_v3(&shop, out)
    };
    let signed = |request: v3::ClientRequest| sent_v3(&shop, request.sign(&shop.app_key));
    let header = |name: &str, value: &str| {
        let mut out = whole().sign(&shop.app_key);
        out.headers.push((name.to_owned(), value.to_owned()));
        sent_v3(&shop, out)
    };
    Some(match code {
        "isv.invalid-method" => signed(v3::ClientRequest::new(shop.app.as_str(), "GET", "/v3/alipay/none", "n", shop.now().0)),
        "isv.missing-timestamp" => authorized(&|_| None),
        "isv.invalid-timestamp" => authorized(&|old| Some(old.replace(&format!("timestamp={}", shop.now().0), "timestamp=noon"))),
        "isv.illegal-timestamp" => {
            signed(v3::ClientRequest::to(v3::of_method(UPDATE).unwrap(), shop.app.as_str(), "n", shop.now().0 - 3_600_000))
        }
        "isv.missing-signature-type" => authorized(&|old| Some(old.replace("ALIPAY-SHA256withRSA ", ""))),
        "isv.invalid-signature-type" => authorized(&|old| Some(old.replace("SHA256withRSA", "SM2"))),
        "isv.missing-app-id" => authorized(&|old| Some(old.replace("app_id=", "app="))),
        "isv.invalid-app-id" => authorized(&|old| Some(old.replace(shop.app.as_str(), "9021000000000000"))),
        "isv.missing-signature" => authorized(&|old| Some(old.split(",sign=").next().unwrap().to_owned())),
        "isv.missing-signature-config" => {
            keyless(&shop);
            signed(whole())
        }
        "isv.missing-app-cert-sn" => {
            secured(certified());
            signed(whole())
        }
        "isv.app-cert-not-exist" => {
            let sheet = secured(certified());
            let real = sheet.certificates.as_ref().unwrap().app_cert_sn.clone();
            let mut out = v3_named(whole(), &sheet).sign(&shop.app_key);
            out.headers.iter_mut().for_each(|(_, value)| *value = value.replace(&real, "0123456789abcdef0123456789abcdef"));
            sent_v3(&shop, out)
        }
        "isv.app-cert-expired" => {
            let sheet = secured(certified());
            shop.pass(6 * 365 * 86_400);
            signed(v3_named(v3_request(&shop, UPDATE).json("{}"), &sheet))
        }
        "isv.invalid-alipay-root-cert-sn" => {
            let sheet = secured(certified());
            let mut out = v3_named(whole(), &sheet).sign(&shop.app_key);
            out.headers.iter_mut().filter(|(name, _)| name == "alipay-root-cert-sn").for_each(|(_, value)| "0".clone_into(value));
            sent_v3(&shop, out)
        }
        "isv.invalid-signature" => sent_v3(&shop, whole().sign(&pool::signing_key(9))),
        "isv.unsupported-expired-app-key-sign" => {
            secured(Securing { renew: vec![Renew::AppKey], ..Securing::default() });
            signed(whole())
        }
        "isv.suspected-attack" => {
            signed(whole());
            signed(whole())
        }
        "aop.invalid-app-auth-token" => signed(whole().app_auth_token("nobodys")),
        "aop.app-auth-token-time-out"
        | "aop.invalid-app-auth-token-no-api"
        | "aop.no-product-reg-by-partner"
        | "isv.not-support-app-auth" => {
            let mut shop = shop;
            let (app, token, method) = placed(&mut shop, code);
            let request = v3::ClientRequest::to(v3::of_method(method).unwrap(), &app, "n", shop.now().0);
            sent_v3(&shop, request.json("{}").app_auth_token(&token).sign(&shop.app_key))
        }
        "isv.decryption-error-missing-encrypt-type" => {
            let key = content_key(&secured(encrypted()));
            signed(v3_request(&shop, UPDATE).json(&key.encrypt(b"{}")))
        }
        "isv.invalid-encrypt-type" => header("alipay-encrypt-type", "ROT13"),
        "isv.decryption-error-not-valid-encrypt-type" => header("alipay-encrypt-type", "SM4"),
        "isv.decryption-error-not-valid-encrypt-key" => header("alipay-encrypt-type", "AES"),
        "isv.decryption-error-unknown" => {
            secured(encrypted());
            header("alipay-encrypt-type", "AES")
        }
        "isv.invalid-encrypt" => {
            let key = content_key(&secured(encrypted()));
            let mut out = v3_request(&shop, UPDATE).json(&key.encrypt(b"{\"a\":\"\xff\"}")).sign(&shop.app_key);
            out.headers.push(("alipay-encrypt-type".to_owned(), "AES".to_owned()));
            sent_v3(&shop, out)
        }
        "aop.invalid-auth-token" => signed(v3_request(&shop, FORM).query("auth_token", "nobodys").json("{}")),
        "aop.auth-token-time-out" => {
            let mut shop = shop;
            let token = agreed(&mut shop, "token");
            shop.pass(16 * 86_400);
            let out = v3_request(&shop, FORM).query("auth_token", &token).json("{}").sign(&shop.app_key);
            sent_v3(&shop, out)
        }
        "isv.illegal-json" => signed(v3_request(&shop, UPDATE).json("{")),
        "isv.invalid-parameter" => authorized(&|old| Some(old.replace("nonce=", "once="))),
        "isv.app-openid-not-match" | "isv.invalid-openid" => {
            let mut shop = shop;
            let asked = naming(&mut shop, code);
            let out = v3_request(&shop, CARD).json(&asked).sign(&shop.app_key);
            sent_v3(&shop, out)
        }
        "isp.unknow-error" => {
            fenced(&shop);
            let mut document = crate::check::template();
            document["request_id"] = json!("R");
            signed(v3_request(&shop, "alipay.marketing.card.template.create").json(&document.to_string()))
        }
        "aop.unknow-error" => {
            shop.platform.admission.close();
            signed(whole())
        }
        _ => {
            let parameters = exchange(code)?;
            let mut shop = shop;
            let body: serde_json::Map<_, _> =
                parameters(&mut shop).into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
            let out = v3_request(&shop, "alipay.system.oauth.token").json(&Value::from(body).to_string()).sign(&shop.app_key);
            sent_v3(&shop, out)
        }
    })
}
