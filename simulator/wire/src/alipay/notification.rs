//! Asynchronous notifications: the platform signs and sends a form, the merchant verifies it (PROTOCOL F).
//!
//! Two rules: V1 leaves `sign_type` out of the string (trades and most messages), V2 keeps it in (life-account and
//! application-gateway messages). Empty values are not sent at all, because the SDKs disagree about signing them.

use bytes::Bytes;

use super::canonical::{Rule, string_to_sign};
use super::charset::{Charset, DeclaredCharset};
use super::client::{ClientError, Pairs};
use super::parameters::{Limits, Parameters, Side};
use super::sign_type::SignType;
use super::{WireError, form};
use crate::keys::{SigningKey, VerifyingKey};
use crate::signer::Signer;

/// The header the platform sends, malformed as it is: strict parsers drop the body (QUIRKS Q54), so it must be imitated.
pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; text/html; charset=";

/// The `User-Agent` the platform sends.
pub const USER_AGENT: &str = "Mozilla/4.0";

/// What a merchant answers when it took the notification: these seven bytes and nothing else.
pub const TAKEN: &[u8] = b"success";

/// Which string a notification is signed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeRule {
    /// `sign` and `sign_type` left out.
    V1,
    /// Only `sign` left out.
    V2,
}

impl NoticeRule {
    /// The rule of the string.
    pub fn canonical(self) -> Rule {
        match self {
            Self::V1 => Rule::NOTICE_V1,
            Self::V2 => Rule::REQUEST,
        }
    }
}

/// A notification ready to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedNotice {
    /// The form body.
    pub body: Bytes,
    /// The header `Content-Type`.
    pub content_type: String,
    /// What was signed.
    pub string_to_sign: Vec<u8>,
}

/// Signs `parameters` and writes them as a form in the order given, `sign_type` and `sign` last. Parameters with an
/// empty value are left away. `charset` should also be among the parameters where the message has it.
///
/// # Errors
/// A character the charset lacks.
pub fn seal_notice<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    charset: &DeclaredCharset,
    sign_type: SignType,
    rule: NoticeRule,
    key: &SigningKey,
    signer: &Signer,
) -> Result<SealedNotice, ClientError> {
    let encode = |name: &str, text: &str| {
        charset
            .charset
            .encode(text)
            .map(std::borrow::Cow::into_owned)
            .ok_or_else(|| ClientError::NotInCharset { name: name.to_owned(), charset: charset.label.clone() })
    };
    let mut pairs = parameters
        .into_iter()
        .filter(|(name, value)| !value.is_empty() && !matches!(*name, "sign" | "sign_type"))
        .map(|(name, value)| Ok((encode(name, name)?, encode(name, value)?)))
        .collect::<Result<Pairs, _>>()?;
    pairs.push((b"sign_type".to_vec(), sign_type.name().as_bytes().to_vec()));
    let string_to_sign = string_to_sign(pairs.iter().map(|(name, value)| (&name[..], &value[..])), rule.canonical());
    let sign = signer.sign(key, sign_type.digest(), &string_to_sign);
    pairs.push((b"sign".to_vec(), sign.as_bytes().to_vec()));
    let body = form::encode_pairs(pairs.iter().map(|(name, value)| (&name[..], &value[..]))).into();
    Ok(SealedNotice { body, content_type: format!("{CONTENT_TYPE}{}", charset.label), string_to_sign })
}

/// A notification as a merchant reads it.
#[derive(Clone, Debug)]
pub struct Notice {
    /// All parameters, decoded once.
    pub parameters: Parameters,
}

impl Notice {
    /// Takes the form body apart. The Content-Type is the caller's to check, leniently.
    ///
    /// # Errors
    /// A limit passed.
    pub fn read(body: &Bytes, limits: &Limits) -> Result<Self, WireError> {
        let mut parameters = Parameters::default();
        parameters.read(body, Side::Body, limits)?;
        Ok(Self { parameters })
    }

    /// Whether the signature fits under `rule`, with the algorithm that `sign_type` names (RSA2 when it names none).
    pub fn verifies(&self, key: &VerifyingKey, rule: NoticeRule) -> bool {
        let Some(sign) = self.parameters.value("sign") else { return false };
        let sign_type = match self.parameters.value("sign_type") {
            None => Some(SignType::Rsa2),
            Some(name) => SignType::of(name),
        };
        let content = string_to_sign(self.parameters.pairs(), rule.canonical());
        sign_type.is_some_and(|sign_type| key.verifies_text(sign_type.digest(), &content, sign))
    }

    /// The text of the parameter `name` in the notification's own charset, U+FFFD for what is not text in it.
    pub fn text(&self, name: &str) -> Option<String> {
        let charset = self.parameters.value("charset").and_then(|label| Charset::of_label(label));
        let value = self.parameters.value(name)?;
        Some(charset.unwrap_or(Charset::Utf8).decode_lossy(value).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pool;

    #[test]
    fn an_empty_value_is_neither_sent_nor_signed() {
        let sealed = seal_notice(
            [("b", "2"), ("empty", ""), ("a", "1 +")],
            &DeclaredCharset::default(),
            SignType::Rsa2,
            NoticeRule::V1,
            &pool::signing_key(1),
            &Signer::new(0),
        )
        .unwrap();
        assert_eq!(sealed.string_to_sign, b"a=1 +&b=2");
        assert!(sealed.body.starts_with(b"b=2&a=1+%2B&sign_type=RSA2&sign="));
        assert_eq!(sealed.content_type, "application/x-www-form-urlencoded; text/html; charset=utf-8");
    }

    #[test]
    fn an_unknown_sign_type_never_verifies() {
        let notice = Notice::read(&Bytes::from_static(b"a=1&sign_type=SM2&sign=AAAA"), &Limits::default()).unwrap();
        assert!(!notice.verifies(pool::signing_key(1).verifying(), NoticeRule::V1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn what_was_sealed_verifies_under_its_rule_and_no_other(
            value in "\\PC{0,20}", rsa in any::<bool>(), second in any::<bool>(),
        ) {
            let (rule, other) =
                if second { (NoticeRule::V2, NoticeRule::V1) } else { (NoticeRule::V1, NoticeRule::V2) };
            let sign_type = if rsa { SignType::Rsa } else { SignType::Rsa2 };
            let charset = DeclaredCharset::default();
            let key = pool::signing_key(1);
            let sealed =
                seal_notice([("charset", "utf-8"), ("v", &value)], &charset, sign_type, rule, &key, &Signer::new(0)).unwrap();
            let notice = Notice::read(&sealed.body, &Limits::default()).unwrap();
            prop_assert!(notice.verifies(key.verifying(), rule));
            prop_assert!(!notice.verifies(key.verifying(), other));
            prop_assert_eq!(notice.text("v").unwrap_or_default(), value);
        }

        #[test]
        fn no_bytes_upset_the_reader(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(notice) = Notice::read(&Bytes::from(body), &Limits::default()) {
                prop_assert!(!notice.verifies(pool::signing_key(1).verifying(), NoticeRule::V1));
            }
        }
    }
}
