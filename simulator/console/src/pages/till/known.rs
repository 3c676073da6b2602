//! What a till knows of an order: all its calls about it, oldest first, folded into one stand.
//!
//! A certain answer wins; one that is not certain, or a refusal, never erases what is known. A refund without a certain answer stays
//! the order's stand, under its own number, until that very refund is answered: a query does not tell of it.
//! Source: commerce SEMANTICS 3.

use engine::provider::Heard;

use super::amount;
use super::stand::{Done, Stand, What};

/// What is known of an order.
#[derive(Debug)]
pub(super) struct Known {
    /// Where it stands.
    pub(super) stand: Stand,
    /// The newest call, when it was refused and the stand is what it was before.
    pub(super) refused: Option<Stand>,
    /// How much was given back, as far as answers say, fen.
    pub(super) given: i64,
    /// The payment codes that it may have been paid with.
    codes: Vec<String>,
    /// Refunds whose outcome is not known, oldest first.
    open: Vec<Stand>,
    /// The numbers of refunds that were made.
    made: Vec<String>,
}

impl Known {
    /// What these calls say, oldest first, each with its method.
    pub(super) fn of<'a>(calls: impl IntoIterator<Item = (&'a str, &'a Heard)>) -> Self {
        let nothing = Self { stand: Stand::Forgotten, refused: None, given: 0, codes: Vec::new(), open: Vec::new(), made: Vec::new() };
        let mut known = calls.into_iter().fold(nothing, |known, (method, heard)| known.and(What::of(method), heard));
        let is_over = matches!(known.stand, Stand::Closed | Stand::Cancelled(Done::Closed | Done::Refunded));
        if !is_over && !known.open.is_empty() {
            known.stand = known.open.swap_remove(0);
        }
        known
    }

    /// Whether the order's number may still be charged: nothing ever came of it.
    pub(super) fn is_free(&self) -> bool {
        matches!(self.stand, Stand::Forgotten | Stand::Refused { .. })
    }

    /// Whether this payment code was charged for the order, or may have been.
    pub(super) fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code)
    }

    /// Whether another refund may be asked for, under this number: not while one is unknown, except that one once more.
    pub(super) fn admits(&self, request: &str, fen: i64) -> bool {
        match &self.stand {
            Stand::RefundUnknown { request: open, amount, .. } => open == request && amount::fen(amount) == Ok(fen),
            _ => true,
        }
    }

    fn and(mut self, what: What, heard: &Heard) -> Self {
        use Stand::{CancelAgain, Cancelled, Closed, Forgotten, NotThere, Order, Paid, PaidBefore, Refunded, Refused, Unknown, Waiting};
        let asked = |name: &str| heard.asked[name].as_str().unwrap_or_default();
        let charges = matches!(what, What::Payment | What::Order);
        let told = Stand::of(what, heard);
        self.refused = None;
        let over = matches!(self.stand, Paid | PaidBefore | Refunded { .. } | Closed | Cancelled(_));
        let takes = match &told {
            Stand::RefundUnknown { request, .. } => {
                self.open.retain(|open| !is_refund(open, request, None));
                if !self.made.contains(request) {
                    self.open.push(told.clone());
                }
                false
            }
            Refunded { fee, .. } => {
                self.given = self.given.max(amount::fen(fee).unwrap_or(0));
                self.open.retain(|open| !is_refund(open, asked("out_request_no"), None));
                self.made.push(asked("out_request_no").to_owned());
                true
            }
            Refused { reached, .. } => {
                // a number that was refused by the method itself moved nothing before either; another amount is refused because it did
                if what == What::Refund && *reached {
                    self.open.retain(|open| !is_refund(open, asked("out_request_no"), Some(asked("refund_amount"))));
                }
                let takes = self.stand == Forgotten || (charges && matches!(self.stand, Refused { .. }));
                if !takes {
                    self.refused = Some(told.clone());
                }
                takes
            }
            PaidBefore => {
                // this very code may be what it was paid with
                let is_repeat = what == What::Payment && self.has_code(asked("auth_code"));
                if is_repeat && !over {
                    self.stand = Unknown("ACQ.TRADE_HAS_SUCCESS".to_owned());
                }
                !is_repeat
            }
            Unknown(_) if charges => {
                matches!(self.stand, Forgotten | Unknown(_) | NotThere | Refused { .. } | Order { .. } | Cancelled(Done::Nothing))
            }
            Unknown(_) => matches!(self.stand, Forgotten | Unknown(_)),
            Paid if what == What::Query => self.stand != PaidBefore,
            Waiting | Order { .. } => !over || charges,
            NotThere => !over && !matches!(self.stand, Waiting | Order { .. } | Refused { what: What::Payment | What::Order, .. }),
            Cancelled(Done::Nothing) if matches!(self.stand, Paid | PaidBefore | Refunded { .. }) => {
                self.stand = Unknown("cancel: action -".to_owned());
                false
            }
            Paid | Closed | Cancelled(_) => true,
            CancelAgain(_) => !matches!(self.stand, Closed | Cancelled(_)),
            Forgotten => false,
        };
        if what == What::Payment && !matches!(told, Refused { .. } | PaidBefore) {
            self.codes.push(asked("auth_code").to_owned());
        }
        if takes {
            self.stand = told;
        }
        self
    }
}

/// Whether this is a refund of this number, and of this amount if one is named.
fn is_refund(open: &Stand, number: &str, of: Option<&str>) -> bool {
    matches!(open, Stand::RefundUnknown { request, amount, .. } if request == number && of.is_none_or(|of| of == amount))
}

#[cfg(test)]
mod tests;
