//! What falls due by itself: codes and tokens that run out, cards that expire, changes that were put off, trades that nobody
//! paid or that are over, and the ledger's holds and lots. Each runs at its own virtual time, and what ran is an event like any other.
//!
//! The agenda is an index over the state, made anew when a snapshot is read; whether something ran stands in its own row, so
//! nothing runs twice. Source: DESIGN "Time is virtual per sandbox".

use crate::card::{Card, State};
use crate::event::{Event, LedgerDue, LedgerPosted};
use crate::moment::Moment;
use crate::names::{AccessToken, AuthCode, CardNumber};
use crate::programme::{ChangeApplied, ChangePutOff, ProgrammeModified};
use crate::world::World;
use ledger::{Millis, Row};
use serde::{Deserialize, Serialize};

/// The most things that run in one step.
pub const STEP: usize = 512;

/// Something on the agenda, by the row (or number) it stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum What {
    Code(u32),
    Access(u32),
    Refresh(u32),
    Card(u32),
    Change(u32),
    Trade(u32),
}

/// A code ran out unused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CodeRanOut {
    /// The code.
    pub code: AuthCode,
}

/// Half of a token pair ran out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TokenRanOut {
    /// The access token of the pair.
    pub access: AccessToken,
    /// Whether it is the refresh token that ran out.
    pub refresh: bool,
}

/// A card's validity ended; it stays in the wallet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CardExpired {
    /// The card.
    pub card: CardNumber,
}

/// What falls due at one moment: events with their ledger rows, in order.
#[derive(Clone, Debug, Default)]
pub struct DueStep {
    /// What is to be recorded.
    pub entries: Vec<(Event, Vec<Row>)>,
}

/// Something that ran, in a report's words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FellDue {
    /// When, in virtual time.
    pub at: Moment,
    /// What kind it is: an event's kind.
    pub kind: &'static str,
    /// Which one: a card's number, the beginning of a code or token, a programme, or how many ledger rows.
    pub what: String,
}

impl FellDue {
    /// What a recorded event that fell due is told as.
    pub fn of(at: Moment, event: &Event) -> Self {
        // codes and tokens are secrets: their beginning tells them apart
        let head = |text: &str| text.chars().take(8).chain("…".chars()).collect::<String>();
        let what = match event {
            Event::CodeRanOut(ran_out) => head(ran_out.code.as_str()),
            Event::TokenRanOut(ran_out) if ran_out.refresh => format!("refresh {}", head(ran_out.access.as_str())),
            Event::TokenRanOut(ran_out) => format!("access {}", head(ran_out.access.as_str())),
            Event::CardExpired(expired) => expired.card.to_string(),
            Event::ChangeApplied(applied) => applied.modified.programme.to_string(),
            Event::TradeClosed(closed) => closed.trade.to_string(),
            Event::TradeFinished(finished) => finished.trade.to_string(),
            Event::LedgerDue(posted) => format!("{} ledger rows", posted.0.rows),
            Event::NoticeTried(tried) => tried.notice.to_string(),
            Event::NoticePutOff(put_off) => put_off.notice.to_string(),
            _ => String::new(),
        };
        Self { at, kind: event.kind(), what }
    }
}

impl World {
    /// When the next thing falls due; of the ledger only what is due after `ledger_after`, because a lot may be stuck.
    pub fn next_due(&self, ledger_after: Moment) -> Option<Moment> {
        let of_ledger = self.ledger.next_due(Millis(ledger_after.0)).map(|at| Moment(at.0));
        let listed = self.agenda.first().map(|(at, _)| *at);
        listed.into_iter().chain(of_ledger).min()
    }

    /// The next things that fall due, first due first, at most so many: what runs here, notices to merchants, and of the ledger the
    /// next time only.
    pub fn upcoming(&self, most: usize) -> Vec<FellDue> {
        let listed = self.agenda.iter().take(most).map(|(at, what)| FellDue::of(*at, &self.falls_due(*what)));
        let notices = self.waiting.all().take(most).map(|(at, row)| {
            let what = self.notices.at(row).made.notice.to_string();
            FellDue { at, kind: "notice_tried", what }
        });
        let of_ledger =
            self.ledger.next_due(Millis(i64::MIN)).map(|at| FellDue { at: Moment(at.0), kind: "ledger_due", what: String::new() });
        let mut all: Vec<FellDue> = listed.chain(notices).chain(of_ledger).collect();
        all.sort_by_key(|one| one.at);
        all.truncate(most);
        all
    }

    /// Decides what runs at `at`: of all that is due by then the first [`STEP`]. Whoever asks records and asks again.
    pub fn decide_due(&self, at: Moment) -> DueStep {
        let mut step = DueStep::default();
        let listed = self.agenda.iter().take_while(|(due, _)| *due <= at).take(STEP);
        step.entries.extend(listed.map(|(_, what)| (self.falls_due(*what), Vec::new())));
        if step.entries.is_empty() {
            let rows = self.ledger.due(Millis(at.0), STEP);
            if !rows.is_empty() {
                step.entries.push((LedgerDue(LedgerPosted { rows: rows.len() }).into(), rows));
            }
        }
        step
    }

    fn falls_due(&self, what: What) -> Event {
        match what {
            What::Code(row) => CodeRanOut { code: self.grants.at(row).code.clone() }.into(),
            What::Access(row) => TokenRanOut { access: self.tokens.at(row).access.clone(), refresh: false }.into(),
            What::Refresh(row) => TokenRanOut { access: self.tokens.at(row).access.clone(), refresh: true }.into(),
            What::Trade(row) => self.trade_is_due(row),
            What::Card(row) => CardExpired { card: self.cards.at(row).number.clone() }.into(),
            What::Change(number) => {
                let (_, modified) = self.changes.get(&number).expect("the agenda names changes that wait");
                ChangeApplied { number, modified: modified.clone() }.into()
            }
        }
    }

    /// The newest change of a programme that was put off and waits.
    pub fn waiting_change(&self, programme: &crate::names::ProgrammeId) -> Option<&ProgrammeModified> {
        self.changes.values().rev().map(|(_, modified)| modified).find(|modified| modified.programme == *programme)
    }

    /// The number that the next change to be put off gets.
    pub fn next_change(&self) -> u32 {
        self.changes.keys().next_back().map_or(0, |last| last + 1)
    }
}

/// The numbers of so many rows.
pub(crate) fn rows(len: usize) -> std::ops::Range<u32> {
    0..u32::try_from(len).expect("fewer than four billion rows of a kind")
}

/// What runs changes the state.
impl World {
    pub(crate) fn code_ran_out(&mut self, ran_out: &CodeRanOut) {
        if let Some(row) = self.grants.find(&ran_out.code) {
            self.grants.at_mut(row).ran_out = true;
            self.arm_grant(row);
        }
    }

    pub(crate) fn token_ran_out(&mut self, ran_out: &TokenRanOut) {
        if let Some(row) = self.tokens.find(&ran_out.access) {
            let token = self.tokens.at_mut(row);
            *(if ran_out.refresh { &mut token.refresh_ran_out } else { &mut token.ran_out }) = true;
            self.arm_token(row);
        }
    }

    pub(crate) fn card_expired(&mut self, row: u32) {
        self.disarm_card(row);
        self.cards.change(row, |card| card.more.change(|more| more.expired = true));
    }

    pub(crate) fn put_off(&mut self, put_off: &ChangePutOff) {
        self.changes.insert(put_off.number, (put_off.due, put_off.modified.clone()));
        self.agenda.insert((put_off.due, What::Change(put_off.number)));
    }

    pub(crate) fn come(&mut self, at: Moment, applied: &ChangeApplied) {
        if let Some((due, _)) = self.changes.remove(&applied.number) {
            self.agenda.remove(&(due, What::Change(applied.number)));
        }
        self.modify_programme(at, &applied.modified);
    }
}

/// Keeping the agenda.
impl World {
    pub(crate) fn arm_grant(&mut self, row: u32) {
        let grant = self.grants.at(row);
        let entry = (grant.expires, What::Code(row));
        if grant.spent.is_none() && !grant.ran_out {
            self.agenda.insert(entry);
        } else {
            self.agenda.remove(&entry);
        }
    }

    pub(crate) fn arm_token(&mut self, row: u32) {
        let token = self.tokens.at(row);
        let halves =
            [(token.expires, What::Access(row), token.ran_out), (token.refresh_expires, What::Refresh(row), token.refresh_ran_out)];
        let ended = token.ended.is_some();
        for (at, what, ran_out) in halves {
            if ended || ran_out {
                self.agenda.remove(&(at, what));
            } else {
                self.agenda.insert((at, what));
            }
        }
    }

    /// When a card falls due, if it will.
    fn card_due(card: &Card) -> Option<Moment> {
        let until = card.valid_until.filter(|_| card.state == State::Held)?;
        (!card.more.get().expired).then(|| until.end())
    }

    pub(crate) fn arm_card(&mut self, row: u32) {
        if let Some(at) = Self::card_due(&self.cards.at(row)) {
            self.agenda.insert((at, What::Card(row)));
        }
    }

    /// Takes a card off the agenda, before what decides about it changes.
    pub(crate) fn disarm_card(&mut self, row: u32) {
        if let Some(until) = self.cards.at(row).valid_until {
            self.agenda.remove(&(until.end(), What::Card(row)));
        }
    }

    /// Enters codes and tokens anew, after their rows changed their numbers.
    pub(crate) fn arm_consent(&mut self) {
        self.agenda.retain(|(_, what)| !matches!(what, What::Code(_) | What::Access(_) | What::Refresh(_)));
        rows(self.grants.len()).for_each(|row| self.arm_grant(row));
        rows(self.tokens.len()).for_each(|row| self.arm_token(row));
    }

    /// Makes the whole agenda anew, as after a snapshot was read.
    pub(crate) fn arm_all(&mut self) {
        self.agenda.clear();
        self.arm_consent();
        rows(self.cards.len()).for_each(|row| self.arm_card(row));
        self.agenda.extend(self.changes.iter().map(|(number, (due, _))| (*due, What::Change(*number))));
        self.arm_trades();
        self.arm_notices();
        self.arm_openings();
    }
}
