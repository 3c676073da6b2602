//! `FAULTS.md`: what can be made to go wrong, and how it is asked for. Written by a test from the vocabulary and from examples that
//! the same test holds to be rules.

use super::words::{HEADER, VOCABULARY};
use engine::fault::DELAY_LIMIT_MS;
use world::fault::LIMIT;

/// A part of the page: heading, what it says, examples with what they do.
type Part = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Everything that a rule can say, with examples.
const PARTS: &[Part] = &[
    (
        "Whom a rule is about",
        "Everything that is said must hold; what is not said does not matter. `*` stands at either end of a value, never in its middle; a value that begins with `=` is meant letter by letter behind it. A rule that answers a code is only about calls whose table, or the gateway, has that code. Only calls whose signature is right are looked at.",
        &[
            (r#"{"method":"alipay.marketing.card.open","reply":"drop"}"#, "the next opening of a card"),
            (r#"{"method":"alipay.marketing.card.*","reply":"drop"}"#, "the next call of that family"),
            (r#"{"app":"2021000000000000","reply":"drop"}"#, "the next call of that application"),
            (
                r#"{"card":"kabao0000000001","reply":"drop"}"#,
                "the next call that names that card (`target_card_no`, `biz_card_no`, `external_card_no` …)",
            ),
            (
                r#"{"where":{"out_trade_no":"A17","total_amount":"35.00"},"reply":"drop"}"#,
                "parameters by path: `card_info.point`, `goods_detail.0.price`",
            ),
            (r#"{"where":{"out_trade_no":"=A*17"},"reply":"drop"}"#, "exactly `A*17`"),
            (r#"{"header":{"x-test":"checkout-*"},"reply":"drop"}"#, "headers of the request"),
        ],
    ),
    (
        "When it strikes",
        "Counted are the calls it is about, from 1, from when the rule is made: calls before it do not count, also not for a line that replays a strike. Counts survive restarts. With none of these it strikes every such call, once: `times` is 1 then, except for `delay_ms` and `limit`. Of several rules that would strike one call the oldest does; the others count it, and the journal names them.",
        &[
            (r#"{"nth":2,"reply":"drop"}"#, "the second one"),
            (r#"{"every":3,"reply":"drop"}"#, "the third, sixth, …"),
            (r#"{"first":2,"reply":"drop"}"#, "the first two, then no more"),
            (
                r#"{"percent":20,"times":5,"reply":"drop"}"#,
                "about one in five by the sandbox's seed, five at most: the same seed and calls strike alike",
            ),
        ],
    ),
    (
        "What goes wrong",
        "One thing a rule; two rules for two things.",
        &[
            (
                r#"{"answer":{"sub_code":"CARD_NOT_EXIT"}}"#,
                "refused before work, with the code and text of the method's own table, or the gateway's; `sub_msg` says another text",
            ),
            (r#"{"answer":{"sub_code":"isp.unknow-error"}}"#, "20000, without effect"),
            (r#"{"answer":{"sub_code":"isp.unknow-error"},"after_work":true}"#, "20000, and the call has its effect"),
            (r#"{"answer":{"sub_code":"aop.unknow-error"}}"#, "the platform is busy"),
            (
                r#"{"answer":{"sub_code":"aop.auth-token-time-out"}}"#,
                "the user's token is said to have run out (`aop.app-auth-token-time-out`: the merchant's authorisation)",
            ),
            (
                r#"{"reply":"drop"}"#,
                "has its effect; the connection is closed without a byte. `\"after_work\":false`: the request was lost",
            ),
            (r#"{"reply":"cut"}"#, "has its effect; the connection is closed in the middle of the body"),
            (r#"{"reply":"garble"}"#, "the second half of the body is noise"),
            (r#"{"reply":"wrong_signature"}"#, "one letter of the signature is another"),
            (r#"{"reply":"no_signature"}"#, "no signature at all"),
            (r#"{"reply":"other_key"}"#, "rightly signed, with a key that is not the platform's"),
            (r#"{"reply":"gbk"}"#, "GBK bytes that say they are UTF-8, rightly signed over what is sent"),
            (r#"{"reply":"spaced"}"#, "white space of all kinds in the object, rightly signed"),
            (r#"{"reply":"slashes"}"#, "`/` where the platform writes `\\/` and the reverse, rightly signed"),
            (r#"{"reply":"extra_fields"}"#, "members that no document names, one of them an object with a `sign` in it, rightly signed"),
            (r#"{"reply":"after_notice"}"#, "the notices that the call causes come before its answer"),
            (r#"{"reply":"http_502"}"#, "has its effect; a proxy's HTML page comes instead (`\"after_work\":false`: without effect)"),
            (r#"{"reply":"http_504"}"#, "likewise"),
            (
                r#"{"method":"alipay.marketing.card.update","fields":{"result_code":"X"}}"#,
                "members set in a success, rightly signed; on `alipay.trade.cancel`, `{\"retry_flag\":\"Y\"}`",
            ),
            (r#"{"delay_ms":3000}"#, "late, in real time, before the work; `\"after_work\":true`: after it"),
            (
                r#"{"limit":{"calls":5,"seconds":1}}"#,
                "an application's sixth call in a second of virtual time is 40005 isv.app-call-limited",
            ),
            (
                r#"{"renew":["alipay_key"]}"#,
                "keys and certificates are replaced (`app_key`, `app_cert`, `alipay_key`, `alipay_cert`, `aes_key`): from the next call on",
            ),
        ],
    ),
    (
        "Notices",
        "With `notice` a rule is about deliveries of notices of that kind (`*` is all) instead of calls; `app`, `card`, `where` over the notice's own parameters and the members of its `biz_content`, and everything under \"When\" hold as well. One of `deliver`, `late_seconds`, `aged_seconds`, `fields`. Each attempt of the calendar is a delivery. What never left stands in the journal all the same, with `sub_code` LOST or PUT_OFF, and says there that nothing was sent. Requests for merchants' own codes are notices of the kind `merchant_code`.",
        &[
            (r#"{"notice":"*","deliver":"twice"}"#, "the same bytes come twice"),
            (r#"{"notice":"*","deliver":"twice_at_once"}"#, "the same bytes come twice at the same time"),
            (r#"{"notice":"*","deliver":"unanswered"}"#, "it comes, and the platform never gets the answer: what was taken is sent again"),
            (r#"{"notice":"*","deliver":"lost","first":2}"#, "the first two attempts never come; the calendar goes on"),
            (r#"{"notice":"*","late_seconds":1,"nth":1}"#, "reordered: the second overtakes the first"),
            (
                r#"{"notice":"trade_status_sync","where":{"trade_status":"TRADE_SUCCESS"},"late_seconds":86400}"#,
                "a day late, in virtual time",
            ),
            (
                r#"{"notice":"trade_status_sync","where":{"trade_status":"TRADE_FINISHED"},"late_seconds":7776000}"#,
                "`TRADE_FINISHED` three months later than due",
            ),
            (
                r#"{"notice":"trade_status_sync","fields":{"total_amount":"0.01"}}"#,
                "rightly signed, with another amount; so `app_id`, `seller_id`, `out_trade_no`, a card's number; `null` takes a parameter out",
            ),
            (r#"{"notice":"*","deliver":"wrong_signature"}"#, "forged: one byte of the signature is another (`other_key`, `no_signature`)"),
            (r#"{"notice":"opencard_result","aged_seconds":259200}"#, "it says that it was sent three days ago; rightly signed"),
            (r#"{"notice":"merchant_code","card":"kabao0000000001","deliver":"lost"}"#, "nobody asks for that card's code"),
        ],
    ),
    (
        "Questions to merchants",
        "With `ask` a rule is about the platform's own calls whose answer a customer waits for: `spi.alipay.user.opencard.get` (`*` is all there are). `app`, `card`, `where` over its parameters, and everything under \"When\" hold as well. One of `deliver`, `delay_ms`, `aged_seconds`, `fields`. All that `deliver` knows is known for notices, too.",
        &[
            (r#"{"ask":"spi.alipay.user.opencard.get","deliver":"other_key"}"#, "forged: signed with a key that is not the platform's"),
            (r#"{"ask":"*","deliver":"wrong_signature"}"#, "forged: one byte of the signature is another"),
            (r#"{"ask":"*","deliver":"no_signature"}"#, "no signature at all"),
            (r#"{"ask":"*","aged_seconds":259200}"#, "its `utc_timestamp` is three days old; rightly signed"),
            (
                r#"{"ask":"*","deliver":"unanswered"}"#,
                "the merchant answers, the platform never hears it: the opening is open, and asked for again under the same `out_serial_no`",
            ),
            (r#"{"ask":"*","deliver":"lost"}"#, "it never arrives, and the platform does not know that"),
            (r#"{"ask":"*","deliver":"unreachable"}"#, "it is refused before it is sent: the opening has failed"),
            (r#"{"ask":"*","deliver":"twice"}"#, "the same bytes again after the first answer, which counts"),
            (r#"{"ask":"*","deliver":"twice_at_once"}"#, "the same bytes twice at the same time"),
            (r#"{"ask":"*","deliver":"extra_fields"}"#, "parameters that no document names, rightly signed"),
            (r#"{"ask":"*","deliver":"other_charset"}"#, "GBK bytes that say they are UTF-8, rightly signed over what is sent"),
            (
                r#"{"ask":"*","fields":{"biz_card_no":"kabao0000009900"}}"#,
                "rightly signed, with another card's number; `null` takes a parameter out",
            ),
            (r#"{"ask":"*","delay_ms":3000}"#, "late, in real time: the customer waits"),
        ],
    ),
];

/// Every example of the page.
#[cfg(test)]
pub(crate) fn examples() -> impl Iterator<Item = &'static str> {
    PARTS.iter().flat_map(|(_, _, examples)| examples.iter().map(|(rule, _)| *rule))
}

/// The page.
pub fn faults_md() -> String {
    let parts: Vec<String> = PARTS
        .iter()
        .map(|(heading, text, examples)| {
            let rows: Vec<String> = examples.iter().map(|(rule, does)| format!("| `{rule}` | {does} |")).collect();
            format!("## {heading}\n\n{text}\n\n| rule | |\n|---|---|\n{}\n", rows.join("\n"))
        })
        .collect();
    let words: Vec<String> =
        VOCABULARY.iter().map(|word| format!("| `{}` | `_KB{}_` | {} | {} |", word.header, word.id, word.means, word.means_zh)).collect();
    format!(
        r#"# Faults: what can be made to go wrong

Written by a test from the code; `UPDATE=1` writes it again.

```console
$ curl -s http://127.0.0.1:8600/_kabao/v1/faults -H 'content-type: application/json' -d '{{"method":"alipay.marketing.card.open","nth":2,"reply":"drop"}}'
$ curl -s http://127.0.0.1:8600/_kabao/v1/faults?unmatched=true
$ curl -s -X DELETE http://127.0.0.1:8600/_kabao/v1/faults/1
```

A rule is data and part of the sandbox: exported, imported, copied and restarted with it, dropped by a reset; {LIMIT} at most. An
exchange that was struck says so in the journal (`fault`: rule, action, seed), with the one line that makes the same call be struck
again: give it to a fresh sandbox of the same seed before the same calls. A rule that no call was ever about is told: `never_matched`
in the list, a warning when it is deleted, a line in the process's messages when the sandbox is reset or the process ends. A delay is
at most {DELAY_LIMIT_MS} ms. Without a fault, answers are byte for byte what they are without this page.

{}
## Without the control API

The same by a word in the request's header `{HEADER}` (which is not signed, so a proxy can add it), or in an id that the merchant
made itself (`out_trade_no`, `out_request_no`, `out_serial_no`, `out_biz_no`, `request_id`, `notify_no` …). In an id a word strikes the
first call that carries it and is spent (an id of more than 128 bytes says none); the header strikes every time. The switch `no_fault_words` turns both off; rules go before
words. What looks like a word and is none does nothing, and the journal says so.

| header | in an id | | |
|---|---|---|---|
{}
| `answer=CARD_NOT_EXIT` | `_KBxCARD_NOT_EXIT_` | refused with a code of the method's table or the gateway's; in an id `_` stands for `.` and `-` | 以该码拒绝 |
| `delay=1500` | `_KBDELAY3_` | late before work: milliseconds in the header, seconds in an id | 处理前延迟 |
| `delay_after=1500` | | late after work | 处理后延迟 |
"#,
        parts.join("\n"),
        words.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_as_the_code_has_it() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("FAULTS.md");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, faults_md()).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == faults_md(), "FAULTS.md is out of date: run the tests once with UPDATE=1");
    }

    #[test]
    fn every_example_is_a_rule() {
        for example in examples() {
            let rule = serde_json::from_str(example).unwrap_or_else(|error| panic!("{example}: {error}"));
            super::super::check(&rule).unwrap_or_else(|wrong| panic!("{example}: {wrong}"));
        }
    }

    #[test]
    fn everything_that_becomes_of_a_request_has_an_example() {
        for deliver in world::fault::Deliver::ALL {
            let word = serde_json::to_string(&deliver).unwrap();
            assert!(examples().any(|example| example.contains("\"ask\"") && example.contains(&format!("\"deliver\":{word}"))), "{word}");
        }
    }

    #[test]
    fn every_reply_has_an_example() {
        for reply in world::fault::Reply::ALL {
            let word = serde_json::to_string(&reply).unwrap();
            assert!(examples().any(|example| example.contains(&format!("\"reply\":{word}"))), "{word}");
        }
    }
}
