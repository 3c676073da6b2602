//! `alipay.service.check`: what the platform asks of an application's gateway when its address is saved.
//!
//! The answer is XML that holds the application's public key and is signed by the application. Which event the question names
//! is not published: it is that of integrators' old samples. Sources: spec table `notify.gateway_check`; commerce SEMANTICS 5.

use crate::Alipay;
use engine::Sandbox;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::probe::Probe;
use wire::alipay::notification::USER_AGENT;
use wire::alipay::{DeclaredCharset, NoticeRule, SignType, seal_notice};
use wire::keys::VerifyingKey;
use world::names::AppId;

/// The platform's name for it.
pub(crate) const SERVICE: &str = "alipay.service.check";
const CHARSET: &str = "GBK";

/// The question, signed as messages to gateways are (V2), and what is looked at in the answer.
///
/// # Errors
/// An application without gateway or keys.
pub(crate) fn probe(platform: &Alipay, sandbox: &Sandbox, app: &AppId) -> Result<Probe, String> {
    let found = sandbox.look(|world, now| {
        let sheet = world.apps().get(app)?;
        Some((sheet.app_key.clone(), sheet.platform_key.clone(), world.gateway_of(app).map(str::to_owned), now))
    });
    let (app_key, platform_key, url, now) = found.ok_or_else(|| format!("no application {app}"))?;
    let url = url.ok_or("the application has no gateway address (PUT /_kabao/v1/apps/{app_id}/gateway)")?;
    let keys = platform.engine.keys();
    let key = keys.signing(&platform_key).ok_or("the platform's key for this application is not there")?;
    let theirs = keys.verifying(&app_key).map_err(|error| error.to_string())?;
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"{CHARSET}\"?><XML><AppId><![CDATA[{app}]]></AppId><FromUserId><![CDATA[]]></FromUserId>\
         <CreateTime>{}</CreateTime><MsgType><![CDATA[event]]></MsgType><EventType><![CDATA[verifygw]]></EventType>\
         <ActionParam><![CDATA[]]></ActionParam><AgreementId><![CDATA[]]></AgreementId><AccountNo><![CDATA[]]></AccountNo></XML>",
        now.0
    );
    let charset = DeclaredCharset::of(CHARSET.as_bytes()).ok_or("a charset of our own")?;
    let parameters = [("service", SERVICE), ("charset", CHARSET), ("biz_content", content.as_str())];
    let sealed =
        seal_notice(parameters, &charset, SignType::Rsa2, NoticeRule::V2, &key, &platform.signer).map_err(|error| error.to_string())?;
    let headers = vec![("content-type".to_owned(), sealed.content_type), ("user-agent".to_owned(), USER_AGENT.to_owned())];
    let request = RequestBytes { method: "POST".to_owned(), target: url, headers, body: sealed.body };
    let look = move |answer: &AnswerBytes| problems(answer, &theirs);
    Ok(Probe { provider: Alipay::NAME, method: SERVICE.to_owned(), app: app.clone(), request, look: Box::new(look) })
}

/// What stands between the first `<name>` and the last `</name>`.
fn inside<'b>(body: &'b [u8], name: &str) -> Option<&'b [u8]> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let from = body.windows(open.len()).position(|window| window == open.as_bytes())? + open.len();
    let to = body.windows(close.len()).rposition(|window| window == close.as_bytes())?;
    body.get(from..to)
}

fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    let plain = text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(text);
    plain.split_whitespace().collect()
}

/// What is wrong with an answer; nothing when the gateway passes.
fn problems(answer: &AnswerBytes, app_key: &VerifyingKey) -> Vec<String> {
    let mut problems = Vec::new();
    let mut wrong = |is_wrong: bool, why: &str| {
        if is_wrong {
            problems.push(why.to_owned());
        }
    };
    wrong(answer.status != 200, "the status is not 200");
    let Some(response) = inside(&answer.body, "response") else {
        wrong(
            true,
            "the answer has no <response>: expected is <alipay><response>…</response><sign>…</sign><sign_type>RSA2</sign_type></alipay>",
        );
        return problems;
    };
    wrong(inside(response, "success").map(text).as_deref() != Some("true"), "<success> in <response> is not `true`");
    let told = inside(response, "biz_content").map(text);
    wrong(
        told.as_deref() != Some(&app_key.spki_base64()),
        "<biz_content> in <response> is not the application's public key (Base64, one line)",
    );
    let sign_type = inside(&answer.body, "sign_type").map(text);
    let digest = SignType::of(sign_type.as_deref().unwrap_or("RSA").as_bytes());
    wrong(digest.is_none(), "<sign_type> is neither RSA nor RSA2");
    match (inside(&answer.body, "sign").map(text), digest) {
        (None, _) => wrong(true, "the answer has no <sign>"),
        (Some(sign), Some(sign_type)) => wrong(
            !app_key.verifies_text(sign_type.digest(), response, sign.as_bytes()),
            "<sign> does not fit what stands between <response> and </response> under the application's public key",
        ),
        (Some(_), None) => {}
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::pool;

    fn answer(response: &str, sign_type: &str) -> AnswerBytes {
        let key = pool::signing_key(1);
        let sign = key.sign_text(SignType::of(sign_type.as_bytes()).unwrap().digest(), response.as_bytes());
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"GBK\"?><alipay><response>{response}</response><sign>{sign}</sign><sign_type>{sign_type}</sign_type></alipay>"
        );
        AnswerBytes { status: 200, body: body.into(), ..AnswerBytes::default() }
    }

    #[test]
    fn a_gateway_passes_that_signs_its_own_public_key_and_no_other_does() {
        let key = pool::signing_key(1);
        let whole = format!("<success>true</success><biz_content>{}</biz_content>", key.verifying().spki_base64());
        for sign_type in ["RSA2", "RSA"] {
            assert_eq!(problems(&answer(&whole, sign_type), key.verifying()), [""; 0], "{sign_type}");
        }
        let told = |answer: &AnswerBytes| problems(answer, key.verifying()).join("; ");
        assert!(told(&answer(&whole.replace("true", "false"), "RSA2")).contains("not `true`"));
        assert!(told(&answer("<success>true</success><biz_content>MII</biz_content>", "RSA2")).contains("public key"));
        let mut changed = answer(&whole, "RSA2");
        changed.body = String::from_utf8(changed.body.to_vec()).unwrap().replace("<success>", " <success>").into();
        assert!(told(&changed).contains("does not fit"));
        assert!(problems(&answer(&whole, "RSA2"), pool::signing_key(2).verifying()).len() == 2, "another application's answer");
        assert!(told(&AnswerBytes { status: 404, body: "success".into(), ..AnswerBytes::default() }).contains("no <response>"));
    }
}
