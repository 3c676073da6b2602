//! What falls due by itself: holds nobody settled, and lots past their day. The caller says how late it is, keeps the
//! rows and applies them, like those of any decision.

use std::collections::BTreeSet;

use crate::batch;
use crate::books::Books;
use crate::ledger::{Ledger, Waiting, What};
use crate::overlay::Overlay;
use crate::posting::{Kind, Millis, Row};
use crate::rules;

impl Ledger {
    /// The rows of all that is over at `at`, oldest expiry first, at most `most` of them; nothing is changed. When it
    /// returns `most`, there may be more: apply, then ask again.
    ///
    /// A lot whose issuer's ceiling leaves no room now is left out. It can't be spent, and is asked about each time.
    pub fn due(&self, at: Millis, most: usize) -> Vec<Row> {
        let mut sketch = Overlay::new(self);
        let mut rows = Vec::new();
        // a hold that expires may free parts of lots that are over themselves
        let mut freed: BTreeSet<Waiting> = BTreeSet::new();
        let last = (at, u64::MAX, What::Lot(u32::MAX));
        let mut queue = self.waiting.range(..=last).copied().peekable();
        while rows.len() < most {
            let next = match (queue.peek(), freed.first()) {
                (Some(queued), Some(also)) if also < queued => freed.pop_first(),
                (None, _) => freed.pop_first(),
                _ => queue.next(),
            };
            let Some((_, sequence, what)) = next else { break };
            let (posting, debit, credit) = match what {
                What::Lot(owner) => match rules::lot_expiry(&sketch, at, owner, sequence) {
                    Some(row) => row,
                    None => continue,
                },
                What::Hold(slot) => {
                    let hold = self.holds.get(slot).expect("the queue names only open holds");
                    rules::hold_expiry(&sketch, at, hold)
                }
            };
            batch::write(&mut sketch, &posting, debit, credit);
            rows.push(Row::Posting(posting));
            if posting.kind == Kind::Expire {
                let lots = sketch.purse(debit).map_or(&[][..], |purse| &purse.lots);
                let over = lots.iter().filter(|lot| lot.until <= at && lot.remaining > 0);
                freed.extend(over.map(|lot| (lot.until, lot.sequence, What::Lot(debit))));
            }
        }
        rows
    }

    /// The next moment after `after` at which something falls due.
    pub fn next_due(&self, after: Millis) -> Option<Millis> {
        let past = (after, u64::MAX, What::Lot(u32::MAX));
        self.waiting.range(past..).map(|&(until, ..)| until).find(|&until| until > after)
    }
}
