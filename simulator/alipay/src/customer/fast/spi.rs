//! `spi.alipay.user.opencard.get`: the merchant is asked for a card, and what it answers is looked at field by field.
//!
//! Every way it can go wrong has a name of its own, which the customer's step, the journal and the log carry.
//! Sources: spec table of the same name; card SEMANTICS 4.

use crate::card::CardInfo;
use crate::contract::{CONTRACTS, detail};
use crate::notice::Form;
use crate::notice::kind::SentAt;
use crate::{Alipay, ids};
use engine::asking::Question;
use engine::contract::{Fault, ImitatedMethod, Imitates};
use engine::journal::{AnswerBytes, Flag, RequestBytes, SignatureVerdict};
use engine::outgoing::{ANSWER_LIMIT, Came, Failed, Judged};
use engine::sending::Sealing;
use serde_json::{Map, Value};
use std::time::Duration;
use wire::alipay::notification::USER_AGENT;
use wire::alipay::{Answer, Charset, NoticeRule, SignType, Untrusted};
use wire::keys::{SigningKey, VerifyingKey};
use wire::signer::Signer;
use world::Moment;
use world::joining::{End, OpeningAsked};
use world::merchant::{App, Era};

/// The platform's name for it.
pub(crate) const METHOD: &str = "spi.alipay.user.opencard.get";
const CHARSET: &str = "UTF-8";
/// How long the merchant may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far it is imitated.
pub(crate) const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
    name: METHOD,
    request: &[Imitates::full(""), Imitates::ignored("union_id", "application groups are not imitated")],
    response: &[Imitates::full("")],
    errors: &[],
    differs: &[
        "Sent to the gateway address of the application spi_app_id (PUT /_kabao/v1/apps/{app_id}/gateway).",
        "Signed without sign_type in the string, as the official example of an SPI verifies it (rsaCheckV1); the general rule of gateway messages keeps it.",
        "utc_timestamp is in seconds, as the specification of SPIs says; messages, which name it too, have milliseconds.",
        "biz_app_id and invoke_app_id are both the application spi_app_id; which is which is not published.",
        "The answer is {\"response\":…,\"sign\":\"…\"}. The specification of SPIs has response as a JSON text, its example as an object: either is taken; the application signs the object as it stands, or the text inside the quotes.",
        "A response with a code other than 10000 is a refusal.",
        "An answer is waited for 5 seconds and may have 256 KiB; the platform's time-out is not published.",
        "An opening without an answer is asked for again, under the same out_serial_no and biz_card_no, when the customer joins again.",
        "card_info must repeat biz_card_no and name an external_card_no.",
    ],
};

/// Why there is no card: a word, and how the opening ended by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) word: &'static str,
    pub(crate) end: End,
    pub(crate) reason: String,
}

fn failed<T>(word: &'static str, reason: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble { word, end: End::Failed, reason: reason.into() })
}

/// What is asked.
pub(crate) fn question(seed: u64, now: Moment, app: &App, asked: &OpeningAsked) -> Question {
    let one = |(code, value): &(String, String)| Value::Object(Map::from_iter([(code.clone(), Value::from(value.as_str()))]));
    let user_info = Value::Array(asked.answers.iter().map(one).collect()).to_string();
    let user_id = if app.era == Era::OpenId { String::new() } else { asked.user.to_string() };
    let open_id = if app.era == Era::UserId { String::new() } else { ids::open_id(seed, &app.id, &asked.user) };
    let parameters = [
        ("method", METHOD),
        ("charset", CHARSET),
        ("version", "1.0"),
        ("biz_app_id", app.id.as_str()),
        ("invoke_app_id", app.id.as_str()),
        ("utc_timestamp", &now.0.div_euclid(1_000).to_string()),
        ("user_id", &user_id),
        ("open_id", &open_id),
        ("template_id", asked.programme.as_str()),
        ("out_serial_no", &asked.serial),
        ("biz_card_no", asked.card.as_str()),
        ("user_info", &user_info),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Question { provider: Alipay::NAME, method: METHOD, app: app.id.clone(), parameters, patience: PATIENCE, most: ANSWER_LIMIT }
}

/// The signed request.
///
/// # Errors
/// A letter that the charset lacks: none of ours.
pub(crate) fn request(
    parameters: Vec<(String, String)>,
    url: &str,
    key: &SigningKey,
    signer: &Signer,
    how: Sealing<'_>,
) -> Result<RequestBytes, String> {
    let sent_at = Some(SentAt::UtcSeconds);
    let form = Form { charset: CHARSET, rule: NoticeRule::V1, sent_at, parameters, content_key: None };
    let sealed = form.seal(key, signer, how)?;
    let headers = vec![
        // a call that answers data, so its form has the plain type
        ("content-type".to_owned(), "application/x-www-form-urlencoded; charset=UTF-8".to_owned()),
        ("user-agent".to_owned(), USER_AGENT.to_owned()),
    ];
    Ok(RequestBytes { method: "POST".to_owned(), target: url.to_owned(), headers, body: sealed.body })
}

/// The card in an answer.
///
/// # Errors
/// Why there is none, with the outcome's name.
pub(crate) fn card(came: &Came, app_key: &VerifyingKey, asked: &OpeningAsked) -> Result<CardInfo, Trouble> {
    let answer = match came {
        Ok(answer) => answer,
        Err(error) => return Err(no_answer(error)),
    };
    if answer.status != 200 {
        let word = if answer.status >= 500 { "SPI_CRASHED" } else { "SPI_HTTP_STATUS" };
        // a merchant that crashed may have made its card before
        let end = if answer.status >= 500 { End::Unknown } else { End::Failed };
        return Err(Trouble { word, end, reason: format!("HTTP status {}", answer.status) });
    }
    let read = match Answer::read(&answer.body, Charset::Utf8, "response") {
        Ok(read) => read,
        Err(error) => return failed("SPI_NOT_UNDERSTOOD", error.to_string()),
    };
    match verify(&read, app_key) {
        Ok(()) => {}
        Err(error @ Untrusted::Unsigned) => return failed("SPI_UNSIGNED", error.to_string()),
        Err(error @ Untrusted::WrongSignature) => return failed("SPI_WRONG_SIGNATURE", error.to_string()),
    }
    let value = object_of(read.value);
    let Value::Object(response) = &value else {
        return failed("SPI_NOT_UNDERSTOOD", "response is neither an object nor the JSON text of one");
    };
    if let Some(code) = response.get("code").and_then(Value::as_str).filter(|code| *code != "10000") {
        return failed("SPI_REFUSED", format!("the merchant answered code {code}: {}", text(response, "sub_msg")));
    }
    let contract = CONTRACTS.get(METHOD).expect("its table is compiled in");
    let report = contract.validate_response(&value);
    if let Some(fault) = report.faults.first() {
        let all: Vec<String> = report.faults.iter().map(Fault::to_string).collect();
        return failed("SPI_INVALID_FIELD", format!("{}; {}", detail(fault), all.join("; ")));
    }
    let info: CardInfo = match response.get("card_info").cloned().map(serde_json::from_value) {
        Some(Ok(info)) => info,
        Some(Err(error)) => return failed("SPI_INVALID_FIELD", format!("card_info: {error}")),
        None => return failed("SPI_INVALID_FIELD", "card_info不能为空"),
    };
    match &info.biz_card_no {
        Some(number) if *number == asked.card.as_str() => {}
        other => return failed("SPI_OTHER_CARD", format!("card_info.biz_card_no must repeat {}, and is {other:?}", asked.card)),
    }
    if info.external_card_no.as_ref().is_none_or(String::is_empty) {
        return failed("SPI_INVALID_FIELD", "card_info.external_card_no不能为空");
    }
    Ok(info)
}

/// Checks the signature: over the object as it stands, or over the text inside the quotes.
fn verify(read: &Answer, app_key: &VerifyingKey) -> Result<(), Untrusted> {
    let Value::String(text) = &read.value else { return read.verify(app_key, SignType::Rsa2) };
    let sign = read.sign.as_deref().filter(|sign| !sign.is_empty()).ok_or(Untrusted::Unsigned)?;
    let fits = app_key.verifies_text(SignType::Rsa2.digest(), text.as_bytes(), sign.as_bytes());
    if fits { Ok(()) } else { Err(Untrusted::WrongSignature) }
}

/// The object of a `response`, which may be its JSON text.
fn object_of(response: Value) -> Value {
    match response {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::Null),
        other => other,
    }
}

fn text(object: &Map<String, Value>, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().chars().take(200).collect()
}

fn no_answer(error: &Failed) -> Trouble {
    let (word, end) = match error {
        Failed::BadAddress(..) => ("SPI_BAD_ADDRESS", End::Failed),
        Failed::Ourselves(_) => ("SPI_FORBIDDEN", End::Failed),
        Failed::Tls(_) => ("SPI_NO_TLS", End::Failed),
        Failed::Unreachable(_) => ("SPI_UNREACHABLE", End::Failed),
        Failed::NotSent | Failed::TimedOut(_) => ("SPI_TIMED_OUT", End::Unknown),
        Failed::BrokeOff(_) => ("SPI_CRASHED", End::Unknown),
        Failed::TooLarge(_) => ("SPI_TOO_LARGE", End::Failed),
    };
    Trouble { word, end, reason: error.to_string() }
}

/// The exchange's verdict, for the journal.
pub(crate) fn judged(came: &Came, found: &Result<CardInfo, Trouble>) -> Judged {
    let signature = match (came, found) {
        (Ok(_), Err(trouble)) if matches!(trouble.word, "SPI_UNSIGNED" | "SPI_WRONG_SIGNATURE") => SignatureVerdict::Invalid(None),
        (Ok(AnswerBytes { status: 200, .. }), Err(trouble)) if trouble.word == "SPI_NOT_UNDERSTOOD" => SignatureVerdict::NotChecked,
        (Ok(AnswerBytes { status: 200, .. }), _) => SignatureVerdict::Valid,
        _ => SignatureVerdict::NotChecked,
    };
    let (code, sub_code, flags) = match found {
        Ok(_) => ("10000".to_owned(), String::new(), Vec::new()),
        Err(trouble) => (String::new(), trouble.word.to_owned(), vec![Flag { path: String::new(), text: trouble.reason.clone() }]),
    };
    Judged { code, sub_code, signature, flags }
}
