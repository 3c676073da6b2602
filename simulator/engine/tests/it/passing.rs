//! Time moved over everything that falls due: in order, each at its own moment, durable, the same again, and quickly.

use crate::shop::{engine, open_card, shop};
use engine::provider::Courier;
use engine::sending::Sealing;
use engine::{Sandbox, Sealed, pass};
use log::{Log, Memory, SandboxId, Sequence};
use std::ops::ControlFlow;
use std::sync::Arc;
use world::Moment;
use world::card::{CardRestated, Statement, ValidUntil};
use world::clock::Clock;
use world::consent::{Grant, Token};
use world::ledger::{AccountId, Hold, Instruction, Millis, Open, PostingId, Transfer, Unit};
use world::notice::{Attempt, Notice, NoticeMade};

const NOW: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;

fn grant(number: i64, expires: i64) -> Grant {
    Grant {
        code: format!("code{number:08}").into(),
        user: "2088000000000001".into(),
        app: "app".into(),
        scopes: Vec::new(),
        submission: None,
        at: Moment(NOW),
        expires: Moment(expires),
        spent: None,
        ran_out: false,
    }
}

fn token(number: i64, expires: i64, refresh_expires: i64) -> Token {
    Token {
        access: format!("access{number:08}").into(),
        refresh: format!("refresh{number:08}").into(),
        user: "2088000000000001".into(),
        app: "app".into(),
        scopes: Vec::new(),
        submission: None,
        from: Moment(NOW),
        expires: Moment(expires),
        refresh_expires: Moment(refresh_expires),
        ended: None,
        ran_out: false,
        refresh_ran_out: false,
    }
}

/// Nobody is written to here.
pub(crate) struct Nobody;

impl Courier for Nobody {
    fn seal_notice(&self, _: &Sandbox, _: &Notice, _: Sealing<'_>) -> Result<Sealed, String> {
        Err("nobody".to_owned())
    }

    fn try_again_after(&self, _: &Notice, tried: usize) -> Option<i64> {
        (tried < 3).then_some(60)
    }
}

fn wait<R>(work: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

/// A day of a shop: a code, a token, a card, money on hold, points that expire.
fn fill(sandbox: &Sandbox) {
    open_card(sandbox, 1);
    let stated = Statement { valid_until: Some(ValidUntil::Moment(Moment(NOW + 3 * DAY))), ..Statement::default() };
    let restated = CardRestated { card: "tea0000000001".into(), moved_to: None, occurred: Moment(NOW), stated, told: None };
    let account =
        |id| Instruction::from(Open { id: AccountId(id), unit: Unit::Fen, floor: if id == 1 { i64::MIN } else { 0 }, ceiling: i64::MAX });
    let points =
        |id| Instruction::from(Open { id: AccountId(id), unit: Unit::Point, floor: if id == 3 { i64::MIN } else { 0 }, ceiling: i64::MAX });
    let ran = sandbox.run(|call| {
        call.record(grant(1, NOW + DAY));
        call.record(token(1, NOW + 2 * DAY, NOW + 5 * DAY));
        call.record(restated);
        let hold =
            Hold { id: PostingId(1), debit: AccountId(1), credit: AccountId(2), amount: 5, code: 1, until: Some(Millis(NOW + 4 * DAY)) };
        let lot = Transfer {
            id: PostingId(2),
            debit: AccountId(3),
            credit: AccountId(4),
            amount: 7,
            code: 1,
            until: Some(Millis(NOW + 6 * DAY)),
        };
        call.post(&[account(1), account(2), points(3), points(4), Instruction::from(hold), Instruction::from(lot)])
    });
    for answer in ran.unwrap().settled_blocking().unwrap() {
        answer.unwrap();
    }
}

#[test]
fn each_thing_runs_at_its_own_moment_in_order_and_what_ran_is_in_the_log() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let (new, found) = shop("1", 7);
    let sandbox = engine.create(&new, found).unwrap();
    fill(&sandbox);
    let passed = wait(pass(&engine, &Nobody, &sandbox, Moment(NOW + 4 * DAY))).unwrap();
    let told: Vec<_> = passed.ran.iter().map(|one| ((one.at.0 - NOW) / DAY, (one.at.0 - NOW) % DAY, one.kind, one.what.as_str())).collect();
    let expected = [
        (1, 0, "code_ran_out", "code0000…"),
        (2, 0, "token_ran_out", "access access00…"),
        (3, 1, "card_expired", "tea0000000001"),
        (4, 0, "ledger_due", "1 ledger rows"),
    ];
    assert_eq!(told, expected);
    assert!(wait(pass(&engine, &Nobody, &sandbox, Moment(NOW + 4 * DAY))).unwrap().ran.is_empty(), "it ran twice");
    let rest = wait(pass(&engine, &Nobody, &sandbox, Moment(NOW + 700 * DAY))).unwrap();
    assert_eq!(rest.ran.iter().map(|one| (one.at.0 - NOW) / DAY).collect::<Vec<_>>(), [5, 6]);
    assert_eq!(sandbox.look(|world, _| world.ledger().balance(AccountId(4))), Some(0), "the lot is still there");

    let mut logged = Vec::new();
    log.scan(&SandboxId::from("1"), Sequence::FIRST, &mut |record| {
        if record.at_virtual_ms > NOW {
            logged.push((record.at_virtual_ms, record.kind.to_owned()));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    let all: Vec<_> = passed.ran.iter().chain(&rest.ran).map(|one| (one.at.0, one.kind.to_owned())).collect();
    assert_eq!(logged, all);
    let again = crate::shop::engine(&log).sandbox("1").unwrap();
    assert!(wait(pass(&engine, &Nobody, &again, Moment(NOW + 700 * DAY))).unwrap().ran.is_empty(), "a restart forgot what ran");
}

#[test]
fn a_call_sees_what_fell_due_before_it_also_when_nobody_advanced() {
    let engine = engine(&Arc::new(Memory::new()));
    let (new, found) = shop("1", 7);
    let sandbox = engine.create(&new, found).unwrap();
    fill(&sandbox);
    sandbox.run(|call| call.record(Clock::Stopped { at: Moment(NOW + 6 * DAY) })).unwrap().settled_blocking().unwrap();
    let seen = sandbox.run(|call| call.world().ledger().balance(AccountId(4))).unwrap().settled_blocking().unwrap();
    assert_eq!(seen, Some(0));
    // set back, things that come later still run
    sandbox.run(|call| call.record(Clock::Stopped { at: Moment(NOW) })).unwrap().settled_blocking().unwrap();
    let hold = Hold { id: PostingId(9), debit: AccountId(1), credit: AccountId(2), amount: 5, code: 1, until: Some(Millis(NOW + DAY)) };
    sandbox.run(|call| call.post(&[hold.into()])).unwrap().settled_blocking().unwrap();
    let passed = wait(pass(&engine, &Nobody, &sandbox, Moment(NOW + DAY))).unwrap();
    assert_eq!(passed.ran.iter().map(|one| one.kind).collect::<Vec<_>>(), ["ledger_due"]);
}

#[test]
fn two_years_of_a_busy_shop_pass_in_order() {
    let engine = engine(&Arc::new(Memory::new()));
    let (new, found) = shop("1", 7);
    let sandbox = engine.create(&new, found).unwrap();
    let span = 730 * DAY;
    for number in 0..10_000 {
        let at = NOW + 1 + number * (span / 10_000);
        sandbox.run(|call| (call.record(grant(number, at)), call.record(token(number, at + 7, at + 13)))).unwrap();
    }
    let passed = wait(pass(&engine, &Nobody, &sandbox, Moment(NOW + 2 * span))).unwrap();
    assert_eq!((passed.total(), passed.ran.len()), (30_000, 1_000));
    assert!(passed.ran.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[test]
fn others_calls_go_on_while_time_passes_and_never_see_it_run_backwards() {
    let engine = engine(&Arc::new(Memory::new()));
    let (new, found) = shop("1", 7);
    let sandbox = engine.create(&new, found).unwrap();
    for number in 0..20_000 {
        sandbox.run(|call| call.record(grant(number, NOW + 1 + number))).unwrap();
    }
    let over = std::sync::atomic::AtomicBool::new(false);
    let calls = std::thread::scope(|scope| {
        let caller = scope.spawn(|| {
            let (mut calls, mut last) = (0, Moment(0));
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                let now = sandbox.run(|call| call.now()).unwrap().settled_blocking().unwrap();
                assert!(now >= last, "{now:?} after {last:?}");
                (calls, last) = (calls + 1, now);
            }
            calls
        });
        let passed = wait(pass(&engine, &Nobody, &sandbox, Moment(NOW + DAY))).unwrap();
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(passed.total(), 20_000);
        caller.join().unwrap()
    });
    assert!(calls > 0);
}

#[test]
fn a_notice_that_cannot_be_sent_is_tried_on_its_calendar_and_given_up() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let (new, found) = shop("1", 7);
    let sandbox = engine.create(&new, found).unwrap();
    let made = NoticeMade {
        notice: "n1".into(),
        app: "app".into(),
        kind: "card".to_owned(),
        url: "http://127.0.0.1:1/".to_owned(),
        parameters: Vec::new(),
        due: Moment(NOW),
    };
    sandbox.run(|call| (call.record(made), call.record(grant(1, NOW + 90_000)))).unwrap().settled_blocking().unwrap();
    let again = crate::shop::engine(&log).sandbox("1").unwrap();
    let passed = wait(pass(&engine, &Nobody, &again, Moment(NOW + DAY))).unwrap();
    let told: Vec<_> = passed.ran.iter().map(|one| ((one.at.0 - NOW) / 1_000, one.kind)).collect();
    assert_eq!(told, [(0, "notice_tried"), (60, "notice_tried"), (90, "code_ran_out"), (120, "notice_tried")]);
    let notice = again.look(|world, _| world.notices().get(&"n1".into()).cloned()).unwrap();
    assert_eq!(notice.attempts.iter().map(|tried| tried.attempt).collect::<Vec<_>>(), [Attempt::Forbidden; 3]);
    assert_eq!(notice.next, None);
}
