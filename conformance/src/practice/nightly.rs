//! Once a night every card is compared with the book: what diverged is stated again, what left the wallet unnoticed is released.
//!
//! Updates and notices get lost in ways that nobody hears of; a divergence lives until the next morning at the longest.

use super::books::{Booked, Books, Broken};
use super::clock::Working;
use super::gateway::{Ask, Said, text};
use super::joining;
use super::member::{self, CardState, Member};
use super::shop::{Matter, Shop};
use serde_json::json;
use std::sync::Arc;

/// A day.
const DAY_MS: i64 = 86_400_000;
/// Three o'clock in China is 19:00 UTC of the day before.
const AT_MS: i64 = 19 * 3_600_000;

/// The next time the cards are compared after this moment.
fn next(now_ms: i64) -> i64 {
    (now_ms - AT_MS).div_euclid(DAY_MS) * DAY_MS + AT_MS + DAY_MS
}

impl Shop {
    /// Waits for the night and compares, for ever.
    pub(super) async fn every_night(self: &Arc<Self>, working: &Working) -> Result<(), Broken> {
        loop {
            let due = next(self.clock.now_ms());
            working.sleep_until(due).await;
            if self.clock.now_ms() >= due {
                self.compare(due).await?;
            }
        }
    }

    async fn compare(self: &Arc<Self>, night: i64) -> Result<(), Broken> {
        for member in self.books.held()? {
            let named = json!({"target_card_no": member.biz_card_no, "target_card_no_type": "BIZ_CARD"});
            let object = match self.gateway.once(Ask::new("alipay.marketing.card.query").business(&|_| named.clone())).await {
                Said::Done(object) => object,
                Said::Refused(_) => continue,
                // who does not answer now is asked the next night
                Said::Unknown(_) => return Ok(()),
            };
            if text(&object, "schema_url").is_none_or(str::is_empty) {
                self.books.write(|books| member::set_card(books, member.id, CardState::Released))?;
                continue;
            }
            // what is being told already needs nobody to tell it
            let told = self.books.untold(member.id, false)?.is_none();
            if told && text(&object["card_info"], "point") != Some(&member.points.to_string()) {
                let (now, reference) = (self.clock.now(), format!("{}-{night}", member.member_no));
                self.books.write(|books| joining::restate(books, member.id, &reference, &now))?;
                self.work(Matter::Card(member.id));
            }
        }
        Ok(())
    }
}

impl Books {
    /// Members whose cards are in their wallets, as far as the book knows.
    fn held(&self) -> Booked<Vec<Member>> {
        Ok(self.members()?.into_iter().filter(|member| member.card == CardState::Held).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::alipay::timestamp;

    #[test]
    fn the_night_is_three_in_the_morning_in_china() {
        let noon = timestamp::parse(b"2026-12-31 12:00:00").unwrap();
        assert_eq!(timestamp::format(next(noon)), "2027-01-01 03:00:00");
        assert_eq!(timestamp::format(next(next(noon))), "2027-01-02 03:00:00");
        assert_eq!(next(next(noon) - 1), next(noon));
    }
}
