//! What every part of the shop shares, and how its unfinished matters are worked on.
//!
//! A matter is known by what the books say about it, never by what a task remembers: whoever takes it up, now or after a
//! restart, reads where it stands and goes on with the same numbers.

use super::Defect;
use super::books::{Booked, Books, Broken};
use super::clock::{Clock, Working};
use super::crash::Crash;
use super::gateway::Gateway;
use super::problem::Problem;
use super::provider::Role;
use super::set_up::Flow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long the till waits for an outcome before it shows what it knows. Real time: a person stands there.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a matter rests when the books could not be used.
const REST: Duration = Duration::from_secs(5);
/// The longest pause between two tries of a matter that is tried again until it is known.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// What every handler and every worker shares.
pub(super) struct Shop {
    pub(super) gateway: Gateway,
    pub(super) books: Arc<Books>,
    pub(super) clock: Arc<Clock>,
    pub(super) crash: Crash,
    pub(super) public_url: String,
    pub(super) app_id: String,
    pub(super) role: Role,
    pub(super) flow: Flow,
    /// The merchant's own number at the platform, when it is known.
    pub(super) seller_id: Option<String>,
    pub(super) defects: BTreeSet<Defect>,
    /// Two set-ups at once would make two templates.
    pub(super) setting_up: tokio::sync::Mutex<()>,
    pub(super) stop: watch::Sender<bool>,
    /// What was wrong with the books when they were used last.
    pub(super) trouble: Mutex<Option<String>>,
}

/// Something that may take longer than an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Matter {
    /// A customer is joining.
    Join(String),
    /// A sale that is to be paid, given up, or found out about.
    Sale(String),
    /// Refunds of a sale, by its row.
    Refunds(i64),
    /// A member's card is to be told about points.
    Card(i64),
    /// The platform was given a card; whether it came about is not known.
    Opened(String),
    /// A member's card waits for a code.
    Code(i64),
    /// The cards are to be compared with the book, every night.
    Night,
}

impl Matter {
    fn key(&self) -> String {
        match self {
            Self::Join(request_id) => format!("join {request_id}"),
            Self::Sale(sale_no) => format!("sale {sale_no}"),
            Self::Refunds(sale) => format!("refunds {sale}"),
            Self::Card(member) => format!("card {member}"),
            Self::Opened(serial) => format!("opened {serial}"),
            Self::Code(member) => format!("code {member}"),
            Self::Night => "night".to_owned(),
        }
    }
}

impl Shop {
    pub(super) fn does(&self, defect: Defect) -> bool {
        self.defects.contains(&defect)
    }

    /// Works on a matter behind whatever is going on; whoever works on it already is called.
    pub(super) fn work(self: &Arc<Self>, matter: Matter) {
        let Some(mut working) = self.clock.take_up(&matter.key()) else { return };
        let shop = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                let attended = shop.attend(&working, &matter).await;
                shop.tell_of(attended.as_ref().err());
                match attended {
                    Ok(()) if working.is_over() => break,
                    Ok(()) => {}
                    Err(_) => working.sleep(REST).await,
                }
            }
        });
    }

    /// Says once that the books cannot be used, and once that they can again; `/health` has it as long as it lasts.
    fn tell_of(&self, broken: Option<&Broken>) {
        let now = broken.map(ToString::to_string);
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *trouble != now {
            eprintln!("{}", now.as_deref().unwrap_or("the books can be used again"));
            *trouble = now;
        }
    }

    async fn attend(self: &Arc<Self>, working: &Working, matter: &Matter) -> Result<(), Broken> {
        match matter {
            Matter::Join(request_id) => self.join(working, request_id).await,
            Matter::Sale(sale_no) => self.see_through(working, sale_no).await,
            Matter::Refunds(sale) => self.give_back(working, *sale).await,
            Matter::Card(member) => self.tell_card(working, *member).await,
            Matter::Opened(serial) => self.find_out(working, serial).await,
            Matter::Code(member) => self.hand_over(working, *member).await,
            Matter::Night => self.every_night(working).await,
        }
    }

    /// Takes up whatever is not finished.
    pub(super) fn take_up_everything(self: &Arc<Self>) -> Booked<()> {
        self.unfinished()?.into_iter().for_each(|matter| self.work(matter));
        Ok(())
    }

    /// What is not finished, as the books say.
    pub(super) fn unfinished(&self) -> Booked<Vec<Matter>> {
        let books = &self.books;
        let attempts = if self.does(Defect::ForgetsHalfOpen) { Vec::new() } else { books.open_attempts()? };
        let mut matters: Vec<Matter> = attempts.into_iter().map(Matter::Join).collect();
        matters.extend(books.open_openings()?.into_iter().map(Matter::Opened));
        // who forgets them, or only waits to be told, has nothing to do about them
        let idle = self.does(Defect::ForgetsOpenPayments) || self.does(Defect::OnlyWaitsForNotices);
        let sales = if idle { Vec::new() } else { books.open_sales()? };
        matters.extend(sales.into_iter().map(Matter::Sale));
        matters.extend(books.open_refunds()?.into_iter().map(Matter::Refunds));
        matters.extend(books.open_cards()?.into_iter().map(Matter::Card));
        matters.extend(books.open_codes()?.into_iter().map(Matter::Code));
        Ok(matters)
    }

    /// Looks again whenever something was written, until it is settled, or nothing is worked on while the clock stands, or the
    /// till's patience ends; then gives what there is.
    pub(super) async fn patiently<T>(&self, look: impl Fn(&Books) -> Booked<T>, settled: impl Fn(&T) -> bool) -> Result<T, Problem> {
        let mut changes = self.books.changes();
        let waiting = async {
            loop {
                changes.mark_unchanged();
                let seen = look(&self.books)?;
                if settled(&seen) {
                    return Ok(seen);
                }
                // the books outlive whoever looks into them
                let _ = changes.changed().await;
            }
        };
        let seen = timeout(PATIENCE, async {
            tokio::select! {
                biased;
                seen = waiting => Some(seen),
                () = self.clock.comes_to_rest() => None,
            }
        });
        match seen.await {
            Ok(Some(seen)) => seen,
            Ok(None) | Err(_) => Ok(look(&self.books)?),
        }
    }
}

/// The pause before a try of something that is tried until it is known: longer each time, and not the same for everybody.
pub(super) fn pause(tries: usize, whose: &str) -> Duration {
    let spread = whose.bytes().fold(tries as u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))) % 200;
    let seconds = 1_u64 << tries.min(9);
    Duration::from_millis(seconds * (1_000 + spread)).min(LONGEST_PAUSE)
}
