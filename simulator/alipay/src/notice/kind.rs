//! What kinds of notices there are: how each is signed, what takes it, and when it is sent again.
//!
//! Sources: gateway PROTOCOL F; commerce SEMANTICS 4 and 5; QUIRKS Q60.

use super::{card_changed, merchant_code, message, opencard_result, trade_status};
use engine::journal::AnswerBytes;
use wire::alipay::NoticeRule;
use wire::alipay::notification::TAKEN;

/// Seconds after each attempt in vain: 4 m, 10 m, 10 m, 1 h, 2 h, 6 h, 15 h (PROTOCOL F, commerce SEMANTICS 4).
pub(crate) const TRADE_CALENDAR: &[i64] = &[240, 600, 600, 3_600, 7_200, 21_600, 54_000];
/// The same of messages: 2 m first (commerce SEMANTICS 5).
pub(crate) const MESSAGE_CALENDAR: &[i64] = &[120, 600, 600, 3_600, 7_200, 21_600, 54_000];

/// Whose key signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Signs {
    /// The platform's key for the application.
    ForTheApp,
    /// The one that requests for merchants' codes are signed with.
    ForCodes,
}

/// A kind of notice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// The outbox's word for it.
    pub(crate) word: &'static str,
    /// The journal's name for it; nothing when the notice itself names its method.
    pub(crate) method: Option<&'static str>,
    /// Which string is signed.
    pub(crate) rule: NoticeRule,
    /// The charset's label.
    pub(crate) charset: &'static str,
    /// Whose key signs.
    pub(crate) signs: Signs,
    /// Whether an answer takes it, and if not, why.
    pub(crate) verdict: fn(&AnswerBytes) -> Result<(), &'static str>,
    /// Seconds after each attempt in vain.
    pub(crate) calendar: &'static [i64],
    /// The parameter that says when it is sent, written anew at every delivery.
    pub(crate) sent_at: Option<SentAt>,
    /// Whether `biz_content` is encrypted for an application that has a content key.
    pub(crate) encrypts: bool,
}

/// How a notice says when it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SentAt {
    /// `notify_time`, as a date.
    NotifyTime,
    /// `utc_timestamp`, in milliseconds.
    UtcTimestamp,
    /// `utc_timestamp`, in seconds: questions to merchants.
    UtcSeconds,
}

impl SentAt {
    /// The parameter's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NotifyTime => "notify_time",
            Self::UtcTimestamp | Self::UtcSeconds => "utc_timestamp",
        }
    }
}

const KINDS: [&Kind; 5] = [&card_changed::KIND, &merchant_code::KIND, &message::OLDER, &opencard_result::KIND, &trade_status::KIND];

/// The words of all kinds but messages', which go by their methods' names.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    KINDS.into_iter().map(|kind| kind.word)
}

impl Kind {
    /// The kind of this word. Messages go by their own method's name, which has dots in it.
    pub(crate) fn of(word: &str) -> Option<&'static Self> {
        let known = KINDS.into_iter().find(|kind| kind.word == word);
        known.or_else(|| word.contains('.').then_some(&message::KIND))
    }
}

/// The seven letters, and nothing else, in an answer of status 200.
pub(crate) fn success(answer: &AnswerBytes) -> Result<(), &'static str> {
    let body = &answer.body[..];
    match answer.status {
        200 if body == TAKEN => return Ok(()),
        200 => {}
        300..=399 => return Err("a redirect is no answer, and nobody follows it"),
        _ => return Err("the status is not 200"),
    }
    let is = |text: &[u8]| text.eq_ignore_ascii_case(TAKEN);
    Err(match body {
        b"" => "the body is empty",
        b"fail" => "the merchant answered `fail`: it wants it again",
        [0xEF, 0xBB, 0xBF, ..] => "a byte order mark stands before the word `success`",
        _ if body.trim_ascii() == TAKEN => "white space stands around the word `success`",
        _ if is(body.trim_ascii()) => "`success` is written in small letters",
        [b'"' | b'\'', .., b'"' | b'\''] if is(&body[1..body.len() - 1]) => "`success` stands in quotes",
        _ if body.trim_ascii_start().starts_with(b"<") => "a page came where the word `success` is expected",
        _ if body.trim_ascii_start().starts_with(b"{") => "JSON came where the word `success` is expected",
        _ => "the body is not the word `success`",
    })
}

/// What a receipt looks like that no source describes: any answer without an error.
pub(crate) fn receipt(answer: &AnswerBytes) -> Result<(), &'static str> {
    if (200..300).contains(&answer.status) { Ok(()) } else { Err("the status is an error") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_letters_take_a_notice_and_nothing_else_does() {
        let says = |status, body: &[u8]| success(&AnswerBytes { status, body: body.to_vec().into(), ..AnswerBytes::default() });
        assert_eq!(says(200, b"success"), Ok(()));
        for (status, body, why) in [
            (201, "success", "status"),
            (500, "success", "status"),
            (302, "success", "redirect"),
            (200, "", "empty"),
            (200, "fail", "again"),
            (200, "\u{feff}success", "byte order mark"),
            (200, "success\n", "white space"),
            (200, " success", "white space"),
            (200, "SUCCESS", "small letters"),
            (200, "Success\r\n", "small letters"),
            (200, "\"success\"", "quotes"),
            (200, "<html>success</html>", "page"),
            (200, "{\"msg\":\"success\"}", "JSON"),
            (200, "successful", "not the word"),
            (200, "succes", "not the word"),
        ] {
            let told = says(status, body.as_bytes()).unwrap_err();
            assert!(told.contains(why), "{status} {body:?}: {told}");
        }
    }

    #[test]
    fn eight_deliveries_take_about_a_day() {
        for calendar in [TRADE_CALENDAR, MESSAGE_CALENDAR] {
            assert_eq!(calendar.len() + 1, 8);
            assert_eq!(calendar.iter().sum::<i64>() / 3_600, 24, "hours");
        }
    }
}
