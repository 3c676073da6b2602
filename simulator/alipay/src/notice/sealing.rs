//! A notice as it goes over the wire: encrypted where the application wants that, signed, written as a form.
//!
//! Sources: gateway PROTOCOL A8, F; commerce SEMANTICS 5.

use super::code_key;
use super::kind::{Kind, SentAt, Signs};
use crate::{Alipay, security};
use engine::delivery::{Forgery, Sealing};
use engine::journal::RequestBytes;
use engine::{Sandbox, Sealed};
use wire::alipay::notification::USER_AGENT;
use wire::alipay::{DeclaredCharset, SignType, seal_notice};
use wire::keys::SigningKey;
use wire::pool;
use world::notice::Notice;

/// A notice as it goes over the wire.
///
/// # Errors
/// An application that is gone, a key that is not there, a letter that the charset lacks.
pub(crate) fn seal(platform: &Alipay, sandbox: &Sandbox, notice: &Notice, how: Sealing<'_>) -> Result<Sealed, String> {
    let made = &notice.made;
    let app = sandbox.look(|world, _| world.apps().get(&made.app).cloned()).ok_or_else(|| format!("no application {}", made.app))?;
    let kind = Kind::of(&made.kind).ok_or_else(|| format!("no notice of kind `{}`", made.kind))?;
    let key = match kind.signs {
        Signs::ForTheApp => platform.engine.keys().signing(&app.platform_key),
        Signs::ForCodes => Some(code_key()),
    };
    let key = key.ok_or("the platform's key for this application is not there")?;
    let key = if how.forge == Some(Forgery::WrongKey) { another(&key) } else { key };
    let mut parameters = made.parameters.clone();
    // a time that somebody wanted otherwise stays so
    if let Some(sent_at) = kind.sent_at.filter(|sent_at| how.edits.iter().all(|(name, _)| name != sent_at.name())) {
        let now = match sent_at {
            SentAt::NotifyTime => how.at.text(),
            SentAt::UtcTimestamp => how.at.0.to_string(),
        };
        parameters.iter_mut().filter(|(name, _)| name == sent_at.name()).for_each(|(_, value)| value.clone_from(&now));
    }
    if let Some(content_key) = security::content_key(&app, platform.engine.keys()).filter(|_| kind.encrypts) {
        parameters
            .iter_mut()
            .filter(|(name, _)| name == "biz_content")
            .for_each(|(_, value)| *value = content_key.encrypt(value.as_bytes()));
        parameters.push(("encrypt_type".to_owned(), "AES".to_owned()));
    }
    let charset = DeclaredCharset::of(kind.charset.as_bytes()).ok_or("a charset of our own")?;
    let pairs = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let sealed = seal_notice(pairs, &charset, SignType::Rsa2, kind.rule, &key, &platform.signer).map_err(|error| error.to_string())?;
    let body = match how.forge {
        Some(Forgery::NoSignature) => without_sign(&sealed.body).into(),
        Some(Forgery::FlippedByte) => spoiled(&sealed.body).into(),
        Some(Forgery::WrongKey) | None => sealed.body,
    };
    let headers = vec![("content-type".to_owned(), sealed.content_type), ("user-agent".to_owned(), USER_AGENT.to_owned())];
    let named = || made.parameters.iter().find(|(name, _)| name == "msg_method").map_or(kind.word, |(_, value)| value.as_str());
    let method = kind.method.unwrap_or_else(named).to_owned();
    let request = RequestBytes { method: "POST".to_owned(), target: made.url.clone(), headers, body };
    Ok(Sealed { provider: Alipay::NAME, method, request, verdict: kind.verdict })
}

/// A key that is not this one.
fn another(key: &SigningKey) -> SigningKey {
    let spki = key.verifying().spki_base64();
    let others = (0..2).map(|back| pool::signing_key(pool::SIZE - 2 - back));
    others.into_iter().find(|other| other.verifying().spki_base64() != spki).expect("two keys of the pool differ")
}

/// Where the signature begins: it is the last parameter.
fn sign_at(body: &[u8]) -> Option<usize> {
    let name = b"&sign=";
    body.windows(name.len()).rposition(|window| window == name)
}

fn without_sign(body: &[u8]) -> Vec<u8> {
    body[..sign_at(body).unwrap_or(body.len())].to_vec()
}

/// The same with another first letter of the signature.
fn spoiled(body: &[u8]) -> Vec<u8> {
    let Some(first) = sign_at(body).map(|at| at + b"&sign=".len()).filter(|at| *at < body.len()) else { return body.to_vec() };
    let (letter, taken): (&[u8], usize) = match body[first] {
        b'%' => (b"A", 3),
        b'A' => (b"B", 1),
        _ => (b"A", 1),
    };
    [&body[..first], letter, &body[first + taken..]].concat()
}
