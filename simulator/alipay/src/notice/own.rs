//! Messages of a tester's own: any form, signed as the platform signs, or any body.
//!
//! Sources: gateway PROTOCOL F; DESIGN "Control API".

use super::kind::success;
use crate::Alipay;
use engine::Sandbox;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::probe::{Message, Probe, Signing};
use wire::alipay::notification::{CONTENT_TYPE, USER_AGENT};
use wire::alipay::{DeclaredCharset, NoticeRule, SignType, form, seal_notice};
use world::names::AppId;

/// The journal's name for it.
const METHOD: &str = "message";

/// A message ready to go.
///
/// # Errors
/// An application that is not there, a charset nobody knows, a letter that it lacks.
pub(crate) fn message(platform: &Alipay, sandbox: &Sandbox, app: &AppId, url: &str, message: &Message) -> Result<Probe, String> {
    let key = sandbox.look(|world, _| world.apps().get(app).map(|app| app.platform_key.clone()));
    let key = key.ok_or_else(|| format!("no application {app}"))?;
    let (content_type, body) = match message {
        Message::Raw(body, content_type) => (content_type.clone(), body.clone().into_bytes().into()),
        Message::Form(parameters, signing) => {
            let label = parameters.iter().find(|(name, _)| name == "charset").map_or("utf-8", |(_, value)| value.as_str());
            let charset = DeclaredCharset::of(label.as_bytes()).ok_or_else(|| format!("`{label}` is no charset of the platform's"))?;
            let pairs = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let rule = match signing {
                Signing::V1 => NoticeRule::V1,
                Signing::V2 => NoticeRule::V2,
                Signing::Unsigned => {
                    let encoded: Option<Vec<_>> = pairs
                        .map(|(name, value)| {
                            Some((charset.charset.encode(name)?.into_owned(), charset.charset.encode(value)?.into_owned()))
                        })
                        .collect();
                    let encoded = encoded.ok_or_else(|| format!("a letter is not in the charset {label}"))?;
                    let body = form::encode_pairs(encoded.iter().map(|(name, value)| (&name[..], &value[..]))).into();
                    return Ok(probe(app, url, format!("{CONTENT_TYPE}{label}"), body));
                }
            };
            let key = platform.engine.keys().signing(&key).ok_or("the platform's key for this application is not there")?;
            let sealed = seal_notice(pairs, &charset, SignType::Rsa2, rule, &key, &platform.signer).map_err(|error| error.to_string())?;
            (sealed.content_type, sealed.body)
        }
    };
    Ok(probe(app, url, content_type, body))
}

fn probe(app: &AppId, url: &str, content_type: String, body: bytes::Bytes) -> Probe {
    let headers = vec![("content-type".to_owned(), content_type), ("user-agent".to_owned(), USER_AGENT.to_owned())];
    let request = RequestBytes { method: "POST".to_owned(), target: url.to_owned(), headers, body };
    let look = |answer: &AnswerBytes| success(answer).err().map(|why| format!("not taken: {why}")).into_iter().collect();
    Probe { provider: Alipay::NAME, method: METHOD.to_owned(), app: app.clone(), request, look: Box::new(look) }
}
