//! Faults of the platform's own questions to merchants, seen by a real little merchant behind a socket.

use super::{from_line, make};
use crate::check::Merchant;
use crate::customer::fast::tests::{Flow, honest};
use engine::journal::{Direction, Exchange};
use serde_json::{Value, json};
use std::sync::Arc;
use wire::alipay::NoticeRule;
use world::joining::End;

const ASK: &str = "spi.alipay.user.opencard.get";

/// A flow that such a rule is about, with its merchant.
fn struck_by(more: &Value) -> (Flow, Merchant) {
    let flow = Flow::new();
    let merchant = Merchant::that(honest(flow.shop.app_key.clone()));
    flow.reached_at(&merchant);
    let mut rule = json!({"ask": ASK, "nth": 1});
    rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    make(&flow.shop, &rule);
    (flow, merchant)
}

/// The questions in the journal, oldest first.
fn asked(flow: &Flow) -> Vec<Arc<Exchange>> {
    flow.shop.sandbox.journal().after(0, 100, |exchange| exchange.direction == Direction::Out && exchange.method == ASK).exchanges
}

#[test]
fn a_question_comes_forged_aged_or_oddly_written_and_the_journal_has_the_line_that_does_it_again() {
    let day = 86_400;
    for (more, right, extra, aged) in [
        (json!({"deliver": "other_key"}), false, false, 0),
        (json!({"deliver": "wrong_signature"}), false, false, 0),
        (json!({"deliver": "no_signature"}), false, false, 0),
        (json!({"deliver": "extra_fields"}), true, true, 0),
        (json!({"aged_seconds": 3 * day}), true, false, 3 * day),
        (json!({"fields": {"user_id": "2088000000000000"}}), true, false, 0),
        (json!({"delay_ms": 5}), true, false, 0),
    ] {
        let (flow, merchant) = struck_by(&more);
        let now = flow.shop.now();
        // this merchant looks at no signature
        let opened = flow.join().unwrap().opened.unwrap();
        let taken = merchant.taken();
        let key = flow.shop.platform_key();
        assert_eq!(taken[0].verifies(key.verifying(), NoticeRule::V1), right, "{more}");
        assert_eq!(taken[0].text("kabao_extra_text").is_some(), extra, "{more}");
        assert_eq!(taken[0].text("biz_card_no"), Some(opened), "{more}");
        assert_eq!(taken[0].text("utc_timestamp"), Some((now.0 / 1_000 - aged).to_string()), "{more}");
        let other_user = taken[0].text("user_id").as_deref() == Some("2088000000000000");
        assert_eq!(other_user, more.get("fields").is_some());
        let kept = asked(&flow);
        let fault = kept[0].fault.as_ref().unwrap();
        assert!(kept[0].flags.iter().any(|flag| flag.text.starts_with("by a fault: fault 1, ")), "{:?}", kept[0].flags);
        let again = from_line(&fault.replay);
        assert_eq!((&again["ask"], &again["nth"], &again["deliver"]), (&json!(ASK), &json!(1), &more["deliver"]), "{}", fault.replay);
        let known = flow.shop.look(|world, _| world.faults().rules()[&1].clone());
        assert_eq!((known.matched, known.struck), (1, 1));
    }
}

#[test]
fn a_question_in_another_charset_is_signed_over_the_bytes_that_are_sent() {
    let (flow, merchant) = struck_by(&json!({"deliver": "other_charset"}));
    make(&flow.shop, &json!({"ask": "*", "fields": {"user_info": "[{\"OPEN_FORM_FIELD_NAME\":\"李雷\"}]"}}));
    flow.join().unwrap();
    let question = &merchant.taken()[0];
    assert!(question.verifies(flow.shop.platform_key().verifying(), NoticeRule::V1));
    assert_eq!(question.text("charset").as_deref(), Some("UTF-8"));
}

#[test]
fn an_answer_that_is_never_heard_leaves_the_opening_open_and_a_refused_connection_ends_it() {
    for (deliver, code, told, end) in [
        ("unanswered", "SPI_TIMED_OUT", 1, End::Unknown),
        ("lost", "SPI_TIMED_OUT", 0, End::Unknown),
        ("unreachable", "SPI_UNREACHABLE", 0, End::Failed),
    ] {
        let (flow, merchant) = struck_by(&json!({"deliver": deliver}));
        assert_eq!(flow.join().unwrap_err().code, code, "{deliver}");
        assert_eq!(merchant.taken().len(), told, "{deliver}");
        let ended = flow.shop.look(|world, _| world.openings().iter().last().unwrap().ended.clone().unwrap().0);
        assert_eq!(ended, end, "{deliver}");
        let kept = asked(&flow);
        assert_eq!((kept.len(), kept[0].sub_code.as_str(), kept[0].fault.is_some()), (1, code, true), "{deliver}");
        // what the merchant answered is kept, although the platform never heard it
        assert_eq!(kept[0].answer.status, if told == 1 { 200 } else { 0 }, "{deliver}");
        flow.join().unwrap().opened.unwrap();
        let serials: std::collections::HashSet<_> = asked(&flow)
            .iter()
            .map(|one| wire::alipay::Notice::read(&one.request.body, &wire::alipay::Limits::default()).unwrap().text("out_serial_no"))
            .collect();
        assert_eq!(serials.len(), if end == End::Unknown { 1 } else { 2 }, "{deliver}: asked again under the same number, or anew");
    }
}

#[test]
fn a_question_comes_twice_and_the_first_answer_counts() {
    for deliver in ["twice", "twice_at_once"] {
        let (flow, merchant) = struck_by(&json!({"deliver": deliver}));
        let opened = flow.join().unwrap().opened.unwrap();
        let taken = merchant.taken();
        let both: Vec<_> = taken.iter().map(|notice| (notice.text("biz_card_no").unwrap(), notice.text("sign"))).collect();
        assert_eq!(both.len(), 2, "{deliver}");
        assert_eq!(both[0], both[1], "{deliver}: the same bytes");
        assert_eq!(both[0].0, opened);
        assert_eq!(asked(&flow).len(), 2);
        assert_eq!(flow.shop.look(|world, _| world.cards().len()), 1);
    }
}

#[test]
fn whom_a_rule_about_questions_is_about_is_told_by_card_and_parameters_and_one_that_never_was_is_named() {
    let (flow, merchant) = struck_by(&json!({"card": "another", "deliver": "lost"}));
    make(&flow.shop, &json!({"ask": "*", "where": {"template_id": "another"}, "deliver": "lost"}));
    make(&flow.shop, &json!({"notice": "*", "deliver": "lost"}));
    make(&flow.shop, &json!({"method": "alipay.*", "reply": "drop"}));
    let opened = flow.join().unwrap().opened.unwrap();
    assert_eq!(merchant.taken().len(), 1);
    let unmatched = flow.shop.look(|world, _| engine::fault::unmatched(world));
    assert_eq!(unmatched.len(), 4, "none of them is about this question");
    // the result of the opening names the card inside its content
    let other = Flow::new();
    other.reached_at(&merchant);
    make(&other.shop, &json!({"notice": "opencard_result", "card": opened, "where": {"success": "true"}, "deliver": "lost"}));
    let same = other.join();
    assert!(same.is_ok_and(|joined| joined.opened == Some(opened)), "the same seed gives the same number");
    assert_eq!(other.advance(1), ["notice_tried LOST"]);
}
