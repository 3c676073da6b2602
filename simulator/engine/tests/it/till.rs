//! A shop's till over months: three hundred trades a day, some given back, some never paid, and the bill's sums beside the
//! merchant's account. How long it takes is measured elsewhere; here it only has to come out right.

use crate::shop::{engine, open};
use engine::pass;
use log::Memory;
use std::sync::Arc;
use world::clock::Clock;
use world::customer::{Customer, Profile};
use world::names::{MerchantId, PayCode, UserId};
use world::trade::wallet::Change;
use world::trade::{Named, Order, Paying, RefundAsk, Status, Terms};
use world::{Event, Moment};

const DAY: i64 = 86_400_000;
const TRADES: u32 = 300;

fn merchant() -> MerchantId {
    "2088000000000001".into()
}

/// One trade: the `n`-th of the shop. Every seventh is above the limit and never answered, every tenth is given back in part.
fn trade(call: &mut engine::Call<'_>, n: u32) {
    let (user, now) = (UserId::from("2088000000000099"), call.now());
    let code = PayCode::from(format!("28{n:016}"));
    let shown = call.world().decide_code(&user, code.clone(), None, now).unwrap();
    call.enact(shown).unwrap();
    let app = call.world().apps().iter().next().unwrap().id.clone();
    let total = if n.is_multiple_of(7) { 30_000 } else { 1_000 + i64::from(n % 900) };
    let expires = now.plus_seconds(10_800);
    let terms = Terms { subject: "tea".to_owned(), ..Terms::default() };
    let number = format!("order{n}");
    let order = Order { merchant: merchant(), app, number: number.as_str().into(), total, expires, undiscountable: 0, terms };
    let paying = Paying { trade: format!("{n:028}").into(), order, code, ask: false };
    let paid = call.world().decide_pay(&paying, now).unwrap();
    call.enact(paid).unwrap();
    if n.is_multiple_of(10) && !n.is_multiple_of(7) {
        let named = Named { trade: None, order: Some(&number) };
        let ask = RefundAsk { named, request: Some("r1"), fen: 500, document: Box::default() };
        let refunded = call.world().decide_refund(&merchant(), &ask, now).unwrap();
        call.enact(refunded).unwrap();
    }
}

#[test]
fn a_month_of_trades_is_lived_and_its_bill_is_what_the_account_holds() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine, "1", 7);
    let first = Moment(Moment::parse("2026-11-01 00:00:00").unwrap().0);
    // what was before no longer holds the clock: this month is the test's, whatever the machine's calendar says
    sandbox.run(|call| call.record(Event::ClockSet(Clock::Running { offset_ms: 0 }))).unwrap().settled_blocking().unwrap();
    let begun = sandbox.run_at(
        || first,
        |call| {
            call.record(Customer::new("2088000000000099", &Profile::default()));
            let rich = call.world().decide_wallet(&"2088000000000099".into(), Change::To(10_000_000_000)).unwrap();
            call.enact(rich).unwrap()
        },
    );
    begun.unwrap().settled_blocking().unwrap();
    for day in 0..30 {
        let mut last = None;
        for n in 0..TRADES {
            let at = Moment(first.0 + i64::from(day) * DAY + i64::from(n + 1) * (DAY / i64::from(TRADES + 1)));
            last = Some(sandbox.run_at(|| at, |call| trade(call, u32::try_from(day).unwrap() * TRADES + n)).unwrap());
        }
        last.unwrap().settled_blocking().unwrap();
    }
    let end = Moment(first.0 + 30 * DAY);
    let (bill, refunds, account) = sandbox.look(|world, _| {
        let movements = world.movements(&merchant(), first, end).map(|one| one.refund.map_or(one.trade.total, |back| -back.back.total()));
        let (refunds, payments): (Vec<i64>, Vec<i64>) = movements.partition(|fen| *fen < 0);
        ((payments.iter().sum::<i64>() + refunds.iter().sum::<i64>(), payments.len()), refunds.len(), world.settlement(&merchant()))
    });
    assert_eq!((bill.1, refunds), (7_714, 771));
    assert_eq!(bill.0, account);

    // a year and a day later everything is over
    let wait = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let passed = wait.block_on(pass(&engine, &crate::passing::Nobody, &sandbox, Moment(end.0 + 366 * DAY))).unwrap();
    assert_eq!(passed.counts["trade_finished"], 7_714);
    let unpaid = sandbox.look(|world, _| world.trades().iter().filter(|trade| trade.status == Status::Closed).count());
    assert_eq!(unpaid, 9_000 - 7_714);
}
