//! A notice, or a question, as it goes over the wire: encrypted where the application wants that, signed, written as a form.
//!
//! Sources: gateway PROTOCOL A8, F; commerce SEMANTICS 5.

use super::code_key;
use super::kind::{Kind, SentAt, Signs};
use crate::fault::bent::{other, stranger};
use crate::{Alipay, security};
use engine::journal::RequestBytes;
use engine::sending::{Sealing, Twist};
use engine::{Sandbox, Sealed};
use wire::alipay::notification::USER_AGENT;
use wire::alipay::{AesKey, DeclaredCharset, NoticeRule, SealedNotice, SignType, seal_notice};
use wire::keys::SigningKey;
use wire::signer::Signer;
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
    let content_key = security::content_key(&app, platform.engine.keys()).filter(|_| kind.encrypts);
    let form = Form { charset: kind.charset, rule: kind.rule, sent_at: kind.sent_at, parameters: made.parameters.clone(), content_key };
    let sealed = form.seal(&key, &platform.signer, how)?;
    let headers = vec![("content-type".to_owned(), sealed.content_type), ("user-agent".to_owned(), USER_AGENT.to_owned())];
    let named = || made.parameters.iter().find(|(name, _)| name == "msg_method").map_or(kind.word, |(_, value)| value.as_str());
    let method = kind.method.unwrap_or_else(named).to_owned();
    let request = RequestBytes { method: "POST".to_owned(), target: made.url.clone(), headers, body: sealed.body };
    Ok(Sealed { provider: Alipay::NAME, method, request, verdict: kind.verdict })
}

/// A request to a merchant, as it is to be signed.
pub(crate) struct Form {
    /// The charset's label.
    pub(crate) charset: &'static str,
    /// Which string is signed.
    pub(crate) rule: NoticeRule,
    /// The parameter that says when it is sent.
    pub(crate) sent_at: Option<SentAt>,
    /// What it says.
    pub(crate) parameters: Vec<(String, String)>,
    /// What `biz_content` is encrypted with.
    pub(crate) content_key: Option<AesKey>,
}

impl Form {
    /// Signs it, as right or wrong as is wanted.
    ///
    /// # Errors
    /// A letter that the charset lacks.
    pub(crate) fn seal(self, key: &SigningKey, signer: &Signer, how: Sealing<'_>) -> Result<SealedNotice, String> {
        let Self { charset, rule, sent_at, mut parameters, content_key } = self;
        // a time that somebody wanted otherwise stays so
        if let Some(sent_at) = sent_at.filter(|sent_at| how.edits.iter().all(|(name, _)| name != sent_at.name())) {
            let now = match sent_at {
                SentAt::NotifyTime => how.at.text(),
                SentAt::UtcTimestamp => how.at.0.to_string(),
                SentAt::UtcSeconds => how.at.0.div_euclid(1_000).to_string(),
            };
            parameters.iter_mut().filter(|(name, _)| name == sent_at.name()).for_each(|(_, value)| value.clone_from(&now));
        }
        if how.twist == Some(Twist::ExtraFields) {
            let extra = [("kabao_extra_text", "未来的字段"), ("kabao_extra_object", r#"{"sign":"not the signature"}"#)];
            parameters.extend(extra.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        if let Some(content_key) = content_key {
            parameters
                .iter_mut()
                .filter(|(name, _)| name == "biz_content")
                .for_each(|(_, value)| *value = content_key.encrypt(value.as_bytes()));
            parameters.push(("encrypt_type".to_owned(), "AES".to_owned()));
        }
        let mut charset = DeclaredCharset::of(charset.as_bytes()).ok_or("a charset of our own")?;
        if how.twist == Some(Twist::OtherCharset) {
            charset.charset = other(charset.charset);
        }
        let pairs = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let strange = (how.twist == Some(Twist::WrongKey)).then(|| stranger(key));
        let key = strange.as_ref().unwrap_or(key);
        let mut sealed = seal_notice(pairs, &charset, SignType::Rsa2, rule, key, signer).map_err(|error| error.to_string())?;
        match how.twist {
            Some(Twist::NoSignature) => sealed.body = without_sign(&sealed.body).into(),
            Some(Twist::FlippedByte) => sealed.body = spoiled(&sealed.body).into(),
            _ => {}
        }
        Ok(sealed)
    }
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
