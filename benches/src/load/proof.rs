//! The proof: what the platform holds afterwards against what it acknowledged. Nothing lost, nothing doubled, sums exact.
//!
//! Every change carries its arrival's number, so the platform's log is read from the run's beginning and each acknowledged change has
//! to stand there once, each refused one never, and what nobody knows at most once. Then the cards, one by one, and the ledger's sums.

use super::NoLoad;
use super::act::{Kind, fen};
use super::book::{Book, Said};
use super::control::{Control, Event};
use super::crew::Floor;
use super::place::Shop;
use super::plan::Part;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Check {
    /// What holds, as a sentence.
    pub says: String,
    /// How many were looked at.
    pub looked_at: u64,
    /// Those that do not hold, the first few.
    pub wrong: Vec<String>,
}

/// How many that do not hold are told.
const TOLD: usize = 5;

impl Check {
    pub(crate) fn new(says: &str) -> Self {
        Self { says: says.to_owned(), looked_at: 0, wrong: Vec::new() }
    }

    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.wrong.is_empty()
    }

    pub(crate) fn look(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        self.looked_at += 1;
        if !holds && self.wrong.len() < TOLD {
            self.wrong.push(otherwise());
        }
    }
}

/// What the platform held before the first call.
pub(crate) struct Before {
    /// The place of the last event.
    pub(crate) event: u64,
    /// What the merchant was paid, fen.
    pub(crate) settlement: i64,
}

impl Before {
    pub(crate) async fn look(control: &mut Control, shop: &Shop) -> Result<Self, NoLoad> {
        Ok(Self { event: control.last_event().await?, settlement: control.settlement(&shop.merchant).await? })
    }
}

/// Looks at everything.
///
/// # Errors
/// [`NoLoad`] when the platform does not answer.
pub(crate) async fn prove(floor: &Floor, part: Part, kinds: &[Kind], before: &Before) -> Result<Vec<Check>, NoLoad> {
    let (shop, book) = (&*floor.shop, &floor.book);
    let mut control = Control::of(&shop.place, &shop.sandbox);
    let mut checks = Vec::new();
    if kinds.iter().any(|kind| kind.changes()) {
        checks.push(logged(&mut control, shop, book, before.event).await?);
    }
    if kinds.iter().any(|kind| kind.is_about_a_card()) {
        checks.push(cards(&mut control, shop, book, part).await?);
    }
    if kinds.contains(&Kind::Pay) {
        checks.push(money(&mut control, shop, book, part, before).await?);
    }
    let mut sums = Check::new("the ledger's balances sum up to nothing in every unit");
    for (unit, sum) in control.sums().await? {
        sums.look(sum == "0", || format!("{unit}: {sum}"));
    }
    checks.push(sums);
    Ok(checks)
}

/// The arrival that caused an event of the platform's log.
fn cause(shop: &Shop, cards: &HashMap<&str, u32>, event: &Event) -> Option<u32> {
    let text = |name: &str| event.body.get(name).and_then(serde_json::Value::as_str);
    match event.kind.as_str() {
        "card_restated" => {
            cards.get(text("card")?)?;
            let hundredths = event.body.get("stated")?.get("points")?.get("hundredths")?.as_i64()?;
            u32::try_from(hundredths / 100 - 1).ok()
        }
        "purchase_recorded" => shop.arrival(text("trade")?),
        "card_opened" => shop.arrival(text("serial")?),
        "trade_made" => shop.arrival(event.body.get("order")?.get("number")?.as_str()?),
        _ => None,
    }
}

async fn logged(control: &mut Control, shop: &Shop, book: &Book, after: u64) -> Result<Check, NoLoad> {
    let mut check = Check::new("every acknowledged change stands in the platform's log once, and no refused one does");
    let cards: HashMap<&str, u32> = shop.cards.iter().map(|card| &*card.number).zip(0..).collect();
    let mut times = vec![0_u8; book.arrivals() as usize];
    let mut after = after;
    loop {
        let (events, next) = control.events(after).await?;
        if events.is_empty() {
            break;
        }
        for event in events {
            let seen = cause(shop, &cards, &event).and_then(|number| times.get_mut(number as usize));
            if let Some(seen) = seen {
                *seen = seen.saturating_add(1);
            }
        }
        after = next;
    }
    for (number, times) in (0..).zip(times) {
        let said = book.said(number);
        let holds = match said {
            Said::Done => times == 1,
            Said::Unknown => times <= 1,
            // not of this part, or not asked
            Said::Nothing => continue,
            Said::Refused => times == 0,
        };
        check.look(holds, || format!("call {number} was told {said:?} and stands there {times} times"));
    }
    Ok(check)
}

async fn cards(control: &mut Control, shop: &Shop, book: &Book, part: Part) -> Result<Check, NoLoad> {
    let mut check = Check::new("every card shows the total that was stated last, or what it showed before");
    let places: HashMap<&str, u32> = shop.cards.iter().map(|card| &*card.number).zip(0..).collect();
    let mut next = Some(0);
    let mut missing = places.len();
    while let Some(after) = next {
        let (page, more) = control.cards(after).await?;
        for card in page {
            let Some(&place) = places.get(&*card.biz_card_no) else { continue };
            missing -= 1;
            if !part.has(place) {
                continue;
            }
            let before = &shop.cards[place as usize].point;
            let stated = card.point.as_deref().and_then(|point| point.parse::<u32>().ok()).and_then(|point| point.checked_sub(1));
            let unchanged = card.point.as_deref() == before.as_deref();
            let may = stated.is_some_and(|number| book.may_show(place, Some(number))) || (unchanged && book.may_show(place, None));
            check.look(may, || format!("card {} shows {:?}", card.biz_card_no, card.point));
        }
        next = more;
    }
    if missing > 0 {
        check.look(false, || format!("{missing} cards are not there any more"));
    }
    Ok(check)
}

async fn money(control: &mut Control, shop: &Shop, book: &Book, part: Part, before: &Before) -> Result<Check, NoLoad> {
    let mut check = Check::new("every acknowledged payment is paid, with its amount, and the merchant got the sum of them");
    let (mut next, mut paid, mut seen) = (Some(0), 0, 0_u64);
    while let Some(after) = next {
        let (page, more) = control.trades(after).await?;
        for trade in page {
            let Some(number) = shop.arrival(&trade.out_trade_no) else { continue };
            if trade.status != "paid" {
                let said = book.said(number);
                check.look(said != Said::Done, || format!("payment {number} was told Done and is {}", trade.status));
                continue;
            }
            paid += trade.total_fen;
            seen += u64::from(book.said(number) == Said::Done);
            check.look(trade.total_fen == fen(number), || format!("payment {number}: {} fen", trade.total_fen));
        }
        next = more;
    }
    let told = (0..book.arrivals()).filter(|number| book.said(*number) == Said::Done).count() as u64;
    check.look(told == seen, || format!("{told} payments were told Done, {seen} of them are paid"));
    // others pay the same merchant when the plan is shared
    if part == Part::WHOLE {
        let got = control.settlement(&shop.merchant).await? - before.settlement;
        check.look(got == paid, || format!("the merchant got {got} fen, the payments come to {paid}"));
    }
    Ok(check)
}
