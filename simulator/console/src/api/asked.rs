//! Reading what was asked: bodies and queries, strictly. A field that is not known is refused with the name that was
//! probably meant, so that a typing error in a test never passes as "nothing given".
//!
//! Bodies must say `application/json`: a plain HTML form cannot, which is one of the walls against other sites.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use engine::contract::nearest;
use serde::de::DeserializeOwned;
use std::time::Duration;

use super::refused::Refused;

/// The most bytes of an ordinary body.
pub(crate) const BODY_LIMIT: usize = 256 << 10;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// A JSON body of at most `LIMIT` bytes. None at all counts as `{}`.
pub(crate) struct Body<T, const LIMIT: usize = BODY_LIMIT>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned, const LIMIT: usize> FromRequest<S> for Body<T, LIMIT> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let bytes = read(request, &["application/json"], LIMIT).await?;
        let text = if bytes.is_empty() { b"{}".as_slice() } else { &bytes };
        serde_json::from_slice(text).map(Self).map_err(|error| not_understood("bad_body", &error.to_string()))
    }
}

/// Reads a whole body of one of these types; empty ones need none.
pub(crate) async fn read(request: Request, types: &[&str], limit: usize) -> Result<axum::body::Bytes, Refused> {
    let said = check_type(&request, types);
    let body = tokio::time::timeout(BODY_TIME, axum::body::to_bytes(request.into_body(), limit));
    let bytes = match body.await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            return Err(Refused::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                format!("the body is larger than {limit} bytes, or was cut off"),
            ));
        }
        Err(_) => {
            return Err(Refused::new(
                StatusCode::REQUEST_TIMEOUT,
                "body_too_slow",
                format!("the body did not arrive within {} s", BODY_TIME.as_secs()),
            ));
        }
    };
    if !bytes.is_empty() {
        said?;
    }
    Ok(bytes)
}

/// Whether a body says that it is of one of these types.
pub(crate) fn check_type(request: &Request, types: &[&str]) -> Result<(), Refused> {
    let said = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let said = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if types.contains(&said.as_str()) {
        return Ok(());
    }
    let message = if said.is_empty() { "the body has no content type".to_owned() } else { format!("the body says it is `{said}`") };
    Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", message)
        .hint(format!("send it as `content-type: {}`", types[0])))
}

/// The query of an address.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri).map(|query| Self(query.0)).map_err(|error| {
            let text = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            not_understood("bad_query", &text)
        })
    }
}

/// A refusal in the parser's words, with the nearest known name where one was misspelt.
pub(crate) fn not_understood(code: &str, text: &str) -> Refused {
    let refused = Refused::bad(code, text);
    let Some((kind, wrong, known)) = unknown_name(text) else { return refused };
    let hint = match nearest(wrong, known.iter().copied()) {
        Some(near) => format!("did you mean the {kind} `{near}`?"),
        None if known.is_empty() => format!("this takes no {kind}s"),
        None => format!("known {kind}s: {}", known.join(", ")),
    };
    refused.hint(hint)
}

/// Takes serde's "unknown field `x`, expected one of `a`, `b`" apart.
fn unknown_name(text: &str) -> Option<(&'static str, &str, Vec<&str>)> {
    let (kind, rest) = [("field", "unknown field `"), ("value", "unknown variant `")]
        .into_iter()
        .find_map(|(kind, start)| Some((kind, text.split_once(start)?.1)))?;
    let (wrong, rest) = rest.split_once('`')?;
    Some((kind, wrong, rest.split('`').skip(1).step_by(2).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its names matter")]
    struct Ask {
        birthday: Option<String>,
        mobile: Option<String>,
        gender: Option<String>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        Agree,
        Deny,
    }

    fn hint<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> Option<String> {
        not_understood("x", &serde_json::from_str::<T>(text).unwrap_err().to_string()).error.hint
    }

    #[test]
    fn a_misspelt_name_is_answered_with_the_one_that_was_meant() {
        assert_eq!(hint::<Ask>(r#"{"mobil":"1"}"#).unwrap(), "did you mean the field `mobile`?");
        assert_eq!(hint::<Ask>(r#"{"Birth_day":"1"}"#).unwrap(), "did you mean the field `birthday`?");
        assert_eq!(hint::<Ask>(r#"{"colour":"1"}"#).unwrap(), "known fields: birthday, mobile, gender");
        assert_eq!(hint::<Choice>(r#""agreee""#).unwrap(), "did you mean the value `agree`?");
        assert_eq!(hint::<Ask>(r#"{"mobile":1}"#), None);
        assert!(matches!(serde_json::from_str::<Choice>(r#""deny""#), Ok(Choice::Deny)));
    }
}
