//! What goes wrong with notices, and what reaches the merchant that is none: forged, changed, of a kind nobody knows.

use super::faults::make;
use super::step;
use crate::seen::{Notice, text};
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::waiting::read_span;
use crate::words::Words;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};
use wire::alipay::SignType;
use wire::keys::{SigningKey, VerifyingKey};

pub(super) const STEPS: &[Step] = &[
    step!(
        Platform, Act, "the platform will send the next {notice} notice twice", "平台会把下一个{notice}通知发送两次",
        such_as "the platform will send the next payment notice twice", "平台会把下一个支付通知发送两次", twice
    ),
    step!(
        Platform, Act, "the next {notice} notice will be lost", "下一个{notice}通知会丢失",
        such_as "the next payment notice will be lost", "下一个支付通知会丢失", lost
    ),
    step!(
        Platform, Act, "every {notice} notice will be lost", "每个{notice}通知都会丢失",
        such_as "every payment notice will be lost", "每个支付通知都会丢失", all_lost
    ),
    step!(
        Platform, Act, "the next {notice} notice will come {span} late", "下一个{notice}通知会晚到 {span}",
        such_as "the next payment notice will come 2 h late", "下一个支付通知会晚到 2 小时", late
    ),
    step!(
        Platform, Act, "the next {notice} notice will come with {text} changed to {text}", "下一个{notice}通知的{text}会变成{text}",
        such_as "the next payment notice will come with \"total_amount\" changed to \"0.01\"", "下一个支付通知的\"total_amount\"会变成\"0.01\"", changed
    ),
    step!(
        Platform, Act, "the next {notice} notice will be forged", "下一个{notice}通知会是伪造的",
        such_as "the next payment notice will be forged", "下一个支付通知会是伪造的", forged
    ),
    step!(
        Platform, Act, "the platform sends the {notice} notice again", "平台再次发送{notice}通知",
        such_as "the platform sends the payment notice again", "平台再次发送支付通知", again
    ),
    step!(
        Platform, Act, "the platform sends the {notice} notice again under another number", "平台用另一个通知号再次发送{notice}通知",
        such_as "the platform sends the payment notice again under another number", "平台用另一个通知号再次发送支付通知", again_renumbered
    ),
    step!(
        Platform, Act, "the platform sends another {notice} notice with {text} changed to {text}", "平台另发一个{notice}通知，{text}变成{text}",
        such_as "the platform sends another payment notice with \"total_amount\" changed to \"0.01\"", "平台另发一个支付通知，\"total_amount\"变成\"0.01\"",
        again_changed
    ),
    step!(
        Platform, Act, "somebody forges a payment notice for the order", "有人伪造了这笔订单的支付通知",
        such_as "somebody forges a payment notice for the order", "有人伪造了这笔订单的支付通知", forge
    ),
    step!(
        Platform, Act, "the platform sends a notice of the unknown kind {text}", "平台发送一个未知种类{text}的通知",
        such_as "the platform sends a notice of the unknown kind \"mystery_sync\"", "平台发送一个未知种类\"mystery_sync\"的通知", unknown_kind
    ),
    step!(
        Platform, Act, "somebody opens the merchant's gateway with a forged request for a card", "有人伪造开卡请求发给商户网关",
        such_as "somebody opens the merchant's gateway with a forged request for a card", "有人伪造开卡请求发给商户网关", forge_opening
    ),
    step!(
        Platform, Fact, "the merchant's gateway passes the platform's check", "商户网关通过平台的检查",
        such_as "the merchant's gateway passes the platform's check", "商户网关通过平台的检查", passes_check
    ),
    step!(
        Platform, Fact, "the platform has tried the {notice} notice {number} time(s)", "平台把{notice}通知发了 {number} 次",
        such_as "the platform has tried the payment notice 2 times", "平台把支付通知发了 2 次", tried
    ),
];

/// A fault about the deliveries of a kind of notice.
async fn disturb(stage: &Stage, kind: &str, what: Value) -> Result<(), Trouble> {
    let kind = Notice::named(kind);
    let mut rule = json!({"notice": kind.word});
    if !kind.holding.is_empty() {
        rule["where"] = kind.holding.iter().copied().collect();
    }
    if let (Some(rule), Value::Object(what)) = (rule.as_object_mut(), what) {
        rule.extend(what);
    }
    make(stage, rule).await
}

async fn twice(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    disturb(stage, words.text(0), json!({"deliver": "twice"})).await
}

async fn lost(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    disturb(stage, words.text(0), json!({"deliver": "lost"})).await
}

async fn all_lost(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    disturb(stage, words.text(0), json!({"deliver": "lost", "every": 1})).await
}

async fn late(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let span = read_span(words.text(1)).ok_or_else(|| Trouble::usage(format!("{} is too long", words.text(1))))?;
    disturb(stage, words.text(0), json!({"late_seconds": span.as_secs()})).await
}

async fn changed(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let fields: Map<String, Value> = [(words.text(1).to_owned(), json!(words.text(2)))].into_iter().collect();
    disturb(stage, words.text(0), json!({"fields": fields})).await
}

async fn forged(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    disturb(stage, words.text(0), json!({"deliver": "wrong_signature"})).await
}

/// Sends the newest notice of a kind once more; the platform answers once the merchant has.
async fn resend(stage: &mut Stage, kind: &str, edit: Value) -> Result<(), Trouble> {
    let newest = stage.notices(Notice::named(kind)).await?.pop();
    let newest = newest.ok_or_else(|| Trouble::unmet(format!("a {kind} notice to send again"), "the platform has made none").for_good())?;
    let address = format!("/notices/{}/resend", text(&newest, "/notify_id"));
    let told = stage.control.post(&address, &json!({"edit": edit})).await?.yes()?;
    stage.took = Some(told["came"] == "taken");
    Ok(())
}

async fn again(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    resend(stage, words.text(0), json!({})).await
}

async fn again_renumbered(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let other = format!("{:034}", stage.next_ordinal());
    resend(stage, words.text(0), json!({"notify_id": other})).await
}

async fn again_changed(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let other = format!("{:034}", stage.next_ordinal());
    let mut edit: Map<String, Value> = [("notify_id".to_owned(), json!(other))].into_iter().collect();
    edit.insert(words.text(1).to_owned(), json!(words.text(2)));
    resend(stage, words.text(0), Value::Object(edit)).await
}

/// Sends a form to the merchant that is no notice of the platform's; whether it took it is for the facts to say.
async fn send(stage: &mut Stage, url: String, sign: &str, form: Value) -> Result<(), Trouble> {
    let (good, body) = sent(stage, url, sign, form).await?;
    stage.took = Some(good && body == b"success");
    stage.answered = serde_json::from_slice(&body).ok().filter(|_| good);
    Ok(())
}

/// Whether a form was answered with status 200, and the bytes that came.
async fn sent(stage: &Stage, url: String, sign: &str, mut form: Value) -> Result<(bool, Vec<u8>), Trouble> {
    let app = stage.app("merchant").await?;
    form["app_id"] = app["app_id"].clone();
    let asked = json!({"app_id": app["app_id"], "url": url, "sign": sign, "parameters": form});
    let told = stage.control.post("/notices/send", &asked).await?.yes()?;
    let exchange = stage.control.get(&format!("/journal/{}?reveal=1", told["exchange"])).await?;
    Ok((told["status"] == 200, BASE64.decode(text(&exchange, "/answer/body_base64")).unwrap_or_default()))
}

/// What the platform asks when an application's gateway address is saved. Source: commerce SEMANTICS 5.
async fn passes_check(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let content = "<?xml version=\"1.0\" encoding=\"GBK\"?><XML><MsgType>event</MsgType><EventType>verifygw</EventType></XML>";
    let form = json!({"service": "alipay.service.check", "charset": "GBK", "biz_content": content});
    let url = stage.merchant_address(|addresses| &addresses.notify, "/notify")?;
    let (good, body) = sent(stage, url, "v2", form).await?;
    let answer = String::from_utf8_lossy(&body);
    let unproved = || Trouble::unmet("the application's public key, signed with the private one", crate::http::begins(&answer)).for_good();
    let Some(proof) = Proof::of(&answer).filter(|_| good) else { return Err(unproved()) };
    let own = stage.app("merchant").await?;
    let own =
        SigningKey::from_text(text(&own, "/app_private_key")).map_err(|why| Trouble::Broken(format!("the application's key: {why}")))?;
    if proof.is_of(own.verifying()) { Ok(()) } else { Err(unproved()) }
}

/// What a gateway says of itself.
struct Proof {
    /// What is signed.
    response: String,
    sign: String,
}

/// What stands between the first `<name>` and the last `</name>`.
fn inside(text: &str, name: &str) -> Option<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let (from, to) = (text.find(&open)? + open.len(), text.rfind(&close)?);
    text.get(from..to).map(str::to_owned)
}

impl Proof {
    /// Of an answer that says yes.
    fn of(answer: &str) -> Option<Self> {
        let (response, sign) = (inside(answer, "response")?, inside(answer, "sign")?);
        (inside(&response, "success").as_deref() == Some("true")).then_some(Self { response, sign })
    }

    /// Whether whoever gave it has the key.
    fn is_of(&self, key: &VerifyingKey) -> bool {
        inside(&self.response, "biz_content").is_some_and(|told| told == key.spki_base64())
            && key.verifies_text(SignType::Rsa2.digest(), self.response.as_bytes(), self.sign.as_bytes())
    }
}

async fn forge(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let order = stage.order().map(str::to_owned).ok_or_else(|| Trouble::usage("the till shows no order yet"))?;
    let amount = stage.sale.as_ref().map(|sale| sale["payable"].clone()).unwrap_or_default();
    let form = json!({
        "notify_type": "trade_status_sync", "notify_id": format!("{:034}", stage.next_ordinal()), "charset": "utf-8", "version": "1.0",
        "trade_status": "TRADE_SUCCESS", "out_trade_no": order, "trade_no": "2026112100000000000000000000",
        "total_amount": amount, "receipt_amount": amount, "buyer_pay_amount": amount, "sign_type": "RSA2",
        "sign": "Zm9yZ2VkIGZvcmdlZCBmb3JnZWQgZm9yZ2VkIGZvcmdlZA==",
    });
    let url = stage.merchant_address(|addresses| &addresses.notify, "/notify")?;
    send(stage, url, "none", form).await
}

async fn unknown_kind(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let form = json!({
        "notify_type": words.text(0), "notify_id": format!("{:034}", stage.next_ordinal()), "charset": "utf-8", "version": "1.0",
    });
    let url = stage.merchant_address(|addresses| &addresses.notify, "/notify")?;
    send(stage, url, "v1", form).await
}

/// A question as the platform asks it, for the merchant's own template and at this hour: nothing but the signature is wrong.
async fn forge_opening(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let app = stage.app("merchant").await?["app_id"].clone();
    let template = stage.captures.get("template_id").cloned().ok_or_else(|| Trouble::usage("no merchant was introduced yet"))?;
    let now = match stage.time.now_ms() {
        Some(now) => now,
        None => stage.control.get("/clock").await?["now_ms"].as_i64().unwrap_or_default(),
    };
    let number = stage.next_ordinal();
    let form = json!({
        "method": "spi.alipay.user.opencard.get", "charset": "UTF-8", "version": "1.0", "biz_app_id": app, "invoke_app_id": app,
        "utc_timestamp": (now / 1_000).to_string(), "user_id": format!("2088{number:012}"), "open_id": "", "template_id": template,
        "out_serial_no": format!("{now}{number:04}"), "biz_card_no": format!("kabao{number:010}"),
        "user_info": r#"[{"OPEN_FORM_FIELD_NAME":"韩梅梅"},{"OPEN_FORM_FIELD_MOBILE":"13800000000"}]"#, "sign_type": "RSA2",
        "sign": "Zm9yZ2VkIGZvcmdlZCBmb3JnZWQgZm9yZ2VkIGZvcmdlZA==",
    });
    let url = stage.merchant_address(|addresses| &addresses.spi, "/spi")?;
    send(stage, url, "none", form).await
}

async fn tried(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (kind, wanted) = (words.text(0), words.number(1)?);
    let newest = stage.notices(Notice::named(kind)).await?.pop().unwrap_or_default();
    let attempts = newest["attempts"].as_array();
    let count: u64 = attempts.into_iter().flatten().map(|attempt| 1 + attempt["copies"].as_u64().unwrap_or_default()).sum();
    if i64::try_from(count) == Ok(wanted) {
        return Ok(());
    }
    Err(Trouble::unmet(format!("{wanted} deliveries of the {kind} notice"), format!("there were {count}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_proves_that_it_has_the_key_with_what_the_key_signed_and_nothing_else() {
        let (key, other) = (wire::pool::signing_key(1), wire::pool::signing_key(2));
        let answer = |signer: &SigningKey, success: &str| {
            let response = format!("<success>{success}</success><biz_content>{}</biz_content>", key.verifying().spki_base64());
            let sign = signer.sign_text(SignType::Rsa2.digest(), response.as_bytes());
            format!("<alipay><response>{response}</response><sign>{sign}</sign><sign_type>RSA2</sign_type></alipay>")
        };
        let proves = |answer: &str, key: &VerifyingKey| Proof::of(answer).is_some_and(|proof| proof.is_of(key));
        assert!(proves(&answer(&key, "true"), key.verifying()));
        assert!(!proves(&answer(&other, "true"), key.verifying()) && !proves(&answer(&key, "false"), key.verifying()));
        assert!(!proves(&answer(&key, "true"), other.verifying()) && !proves("success", key.verifying()));
    }
}
