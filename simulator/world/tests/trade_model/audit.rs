//! What must hold whatever happened: who holds what, and each trade's life as the bare events tell it.

use super::deciding::{SHOPS, USERS, shop, user};
use super::naive::Naive;
use std::collections::BTreeMap;
use world::names::{MerchantId, UserId};
use world::trade::Status;
use world::trade::wallet::{outside, platform, settlement_of, wallet_of};
use world::{Event, World};

/// What must hold whatever happened: nobody holds more or less than in the model, and no money is made.
pub(crate) fn balances(world: &World, model: &Naive) -> Result<(), String> {
    let ledger = world.ledger();
    for (by, expected) in model.wallets.iter().enumerate() {
        let held = world.wallet(&user(by));
        if held != *expected {
            return Err(format!("wallet {by} holds {held}, not {expected}"));
        }
    }
    for (of, expected) in model.tills.iter().enumerate() {
        let held = world.settlement(&shop(of));
        if held != *expected {
            return Err(format!("till {of} holds {held}, not {expected}"));
        }
    }
    let wallets = USERS.iter().map(|user| wallet_of(&UserId::from(*user)));
    let tills = SHOPS.iter().map(|shop| settlement_of(&MerchantId::from(*shop)));
    let all: i64 = wallets.chain(tills).chain([outside(), platform()]).filter_map(|account| ledger.balance(account)).sum();
    if all != 0 {
        return Err(format!("{all} fen were made"));
    }
    Ok(())
}

/// Each trade's life as the events alone tell it: paid once at most, never after it was closed, never more back than paid.
pub(crate) fn history<'e>(world: &World, events: impl Iterator<Item = &'e Event>) -> Result<(), String> {
    #[derive(Default)]
    struct Life {
        total: i64,
        paid: u32,
        closed: bool,
        back: i64,
    }
    let mut lives: BTreeMap<&str, Life> = BTreeMap::new();
    for event in events {
        match event {
            Event::TradeMade(made) => lives.entry(made.trade.as_str()).or_default().total = made.order.total,
            Event::TradePaid(paid) => lives.entry(paid.trade.as_str()).or_default().paid += 1,
            Event::TradeClosed(closed) => lives.entry(closed.trade.as_str()).or_default().closed = true,
            Event::TradeRefunded(refunded) => {
                lives.entry(refunded.trade.as_str()).or_default().back += refunded.refund.back.total();
            }
            _ => {}
        }
    }
    for (trade, Life { total, paid, closed, back }) in lives {
        if paid > 1 || (closed && paid > 0) || back > total || (back > 0 && paid == 0) {
            return Err(format!("trade {trade} of {total}: paid {paid} times, closed {closed}, {back} given back"));
        }
        let seen = world.trades().get(&trade.into()).ok_or_else(|| format!("trade {trade} is lost"))?;
        if seen.refunded != back || (seen.status == Status::Closed && paid > 0 && back != total) {
            return Err(format!("trade {trade} says {seen:?}"));
        }
    }
    Ok(())
}
