//! What people were shown by the merchant: the pages a customer's browser came to, and what the till answered to the cashier.
//!
//! Kept in the bundle beside the platform's journal, because the platform sees none of it. Not the whole answers: names and numbers
//! of people, codes and links stay out, and of a page only how it went. Addresses stand as a mark, the same for the same address.

use crate::http::{Answer, Unanswered};
use crate::merchant::{Operation, Told, Verdict};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The most sights of a scenario that are kept.
const SIGHTS_LIMIT: usize = 20_000;
/// Results that are kept: figures, and numbers of sales and cards. Everything else may say who somebody is.
const SHOWN: &[&str] = &[
    "already_member",
    "amount",
    "authorised",
    "biz_card_no",
    "busy",
    "count",
    "created",
    "external_card_no",
    "in_wallet",
    "level",
    "member_no",
    "out_trade_no",
    "paid",
    "payable",
    "pending",
    "points",
    "points_added",
    "points_spent",
    "points_taken",
    "refund_no",
    "refunded",
    "sale_no",
    "sync",
    "template_id",
    "trade_no",
];
/// How an order is named.
const ORDER: &[&str] = &["out_trade_no", "trade_no"];
/// A word of the merchant's own, which may say anything.
const OTHER: &str = "other";

/// Who looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looker {
    /// A browser, at a page of the merchant's.
    Browser,
    /// Somebody at the till.
    #[default]
    Till,
    /// The player itself, who did something to the merchant: `kill`, `start`.
    Player,
}

/// How it was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// With what was asked for.
    Yes,
    /// There is no such thing.
    Absent,
    /// With a refusal, or an error page.
    No,
    /// Not at all, or with what nobody understands.
    #[default]
    Nothing,
}

/// Something that was shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sight {
    /// Who looked.
    pub by: Looker,
    /// The till's operation, the path of the page, or what the player did.
    pub asked: String,
    /// A mark of a page's whole address, or of all that the till was asked: equal for equal ones in one scenario. It says nothing else.
    #[serde(default)]
    pub mark: String,
    /// Who came with the browser, by the name in the story; empty for the till.
    #[serde(default)]
    pub who: String,
    /// How the browser came otherwise than the platform sends one, such as `state` (somebody's) or `no code`; else empty.
    #[serde(default)]
    pub astray: String,
    /// Virtual time when it was asked, milliseconds since 1970; absent in real time.
    #[serde(default)]
    pub at_ms: Option<i64>,
    /// Real time when it was asked, milliseconds since 1970.
    #[serde(default)]
    pub real_ms: i64,
    /// How long the answer took, milliseconds of real time.
    #[serde(default)]
    pub took_ms: u64,
    /// How it was answered.
    pub answered: Answered,
    /// HTTP status of a page; 0 without an answer and at the till.
    #[serde(default)]
    pub status: u16,
    /// How many bytes the page has.
    #[serde(default)]
    pub bytes: usize,
    /// What the status means, in the player's words.
    #[serde(default)]
    pub standing: String,
    /// The merchant's word for a refusal.
    #[serde(default)]
    pub code: String,
    /// Figures and numbers that were shown, and whether a message was (`has_message`).
    #[serde(default)]
    pub shown: BTreeMap<String, Value>,
}

/// Everything that was shown in a scenario so far.
#[derive(Clone, Debug)]
pub(crate) struct Sights {
    time: Arc<Time>,
    seen: Arc<Mutex<Vec<Sight>>>,
    /// What tells this scenario's marks from another's.
    began: u64,
    /// Addresses that browsers came to, and questions to the till, with the place at which each came first: that is its mark. A
    /// digest would tell everybody who tries what it was made from.
    places: Arc<Mutex<HashMap<String, usize>>>,
}

/// Somebody looks: when they began to.
pub(crate) struct Look {
    at_ms: Option<i64>,
    real_ms: i64,
    began: Instant,
}

impl Sights {
    /// Of a scenario that began where the log stood at `began`.
    pub(crate) fn new(time: Arc<Time>, began: u64) -> Self {
        Self { time, seen: Arc::default(), began, places: Arc::default() }
    }

    fn mark(&self, what: String) -> String {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let next = places.len();
        // what comes after so much is not kept, and needs no mark of its own
        let place = if next < SIGHTS_LIMIT { *places.entry(what).or_insert(next) } else { places.get(&what).copied().unwrap_or(next) };
        format!("{}-{place}", self.began)
    }

    /// Somebody begins to look.
    pub(crate) fn look(&self) -> Look {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Look { at_ms: self.time.now_ms(), real_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX), began: Instant::now() }
    }

    /// A browser came to a page.
    pub(crate) fn page(&self, look: &Look, who: &str, astray: &str, address: &str, came: &Result<Answer, Unanswered>) {
        let parsed = reqwest::Url::parse(address).ok();
        let path = parsed.as_ref().map(|address| address.path().to_owned()).unwrap_or_default();
        // of an address that somebody made up only the numbers of the order are kept
        let made_up = parsed.iter().filter(|_| !astray.is_empty()).flat_map(reqwest::Url::query_pairs);
        let order = made_up.filter(|(name, _)| ORDER.contains(&name.as_ref()));
        let sight = Sight {
            by: Looker::Browser,
            asked: path,
            mark: self.mark(address.to_owned()),
            who: who.to_owned(),
            astray: astray.to_owned(),
            shown: order.map(|(name, number)| (name.into_owned(), json!(number))).collect(),
            ..look.sight()
        };
        self.keep(match came {
            Ok(answer) => {
                let answered = if answer.status.is_success() { Answered::Yes } else { Answered::No };
                Sight { answered, status: answer.status.as_u16(), bytes: answer.text.len(), ..sight }
            }
            Err(_) => sight,
        });
    }

    /// The till was asked: the operation, with all that was said.
    pub(crate) fn till<E>(&self, look: &Look, operation: Operation, said: &str, told: &Result<Told, E>) {
        let mark = self.mark(format!("{} {said}", operation.name()));
        let sight = Sight { by: Looker::Till, asked: operation.name().to_owned(), mark, ..look.sight() };
        self.keep(match told {
            Ok(told) => {
                let answered = match told.verdict {
                    Verdict::Yes => Answered::Yes,
                    Verdict::Absent => Answered::Absent,
                    Verdict::No => Answered::No,
                };
                let standing = plain(&told.standing, operation.shape().means);
                Sight { answered, standing, code: plain(&told.code, &[]), shown: shown(&told.results), ..sight }
            }
            Err(_) => sight,
        });
    }

    /// The player did something to the merchant.
    pub(crate) fn done(&self, what: &str) {
        self.keep(Sight { by: Looker::Player, asked: what.to_owned(), answered: Answered::Yes, ..self.look().sight() });
    }

    fn keep(&self, sight: Sight) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // looking again and again at what stays the same is one sight
        if seen.last().is_none_or(|last| !last.repeats(&sight)) && seen.len() <= SIGHTS_LIMIT {
            seen.push(sight);
        }
    }

    /// Everything, and why it is not everything when that is so.
    pub(crate) fn all(&self) -> (Vec<Sight>, Option<String>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let dropped = seen.len() > SIGHTS_LIMIT;
        seen.truncate(SIGHTS_LIMIT);
        (seen, dropped.then(|| format!("the merchant was looked at more than {SIGHTS_LIMIT} times")))
    }
}

impl Look {
    fn sight(&self) -> Sight {
        let took_ms = u64::try_from(self.began.elapsed().min(Duration::from_hours(1)).as_millis()).unwrap_or(u64::MAX);
        Sight { at_ms: self.at_ms, real_ms: self.real_ms, took_ms, ..Sight::default() }
    }
}

impl Sight {
    /// In a line, as evidence names it.
    pub fn told(&self) -> String {
        let how = match self.answered {
            Answered::Yes => "shown",
            Answered::Absent => "not there",
            Answered::No => "refused",
            Answered::Nothing => "not answered",
        };
        let status = if self.status == 0 { String::new() } else { format!("with status {}", self.status) };
        let words = [self.asked.as_str(), how, &status, &self.standing, &self.code];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Whether this till shows the same as before at the same moment of the story.
    fn repeats(&self, later: &Self) -> bool {
        let calm = Self { real_ms: self.real_ms, took_ms: self.took_ms, ..later.clone() };
        self.by == Looker::Till && !["sale", "refund", "cancel", "add_member", "setup"].contains(&self.asked.as_str()) && calm == *self
    }
}

fn shown(results: &BTreeMap<&'static str, Value>) -> BTreeMap<String, Value> {
    let open = results.iter().filter(|(name, value)| SHOWN.contains(name) && !value.is_null());
    let mut shown: BTreeMap<String, Value> = open.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    if let (None, Some(Value::Array(list))) = (results.get("count"), results.get("list")) {
        shown.insert("count".to_owned(), list.len().into());
    }
    if let Some(message) = results.get("message") {
        shown.insert("has_message".to_owned(), message.as_str().is_some_and(|text| !text.trim().is_empty()).into());
    }
    shown
}

/// A merchant's word: one that the player knows, or one that is no sentence.
fn plain(word: &str, known: &[&str]) -> String {
    let is_code = !word.is_empty() && word.len() <= 40 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if word.is_empty() || known.contains(&word) || is_code { word.to_owned() } else { OTHER.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_numbers_and_links_are_not_kept_and_figures_are() {
        let results = BTreeMap::from([
            ("name", json!("李雷")),
            ("mobile", json!("13800138000")),
            ("message", json!("请重新扫码领卡")),
            ("points", json!(120)),
            ("reason", Value::Null),
        ]);
        let kept = shown(&results);
        assert_eq!(kept, BTreeMap::from([("points".to_owned(), json!(120)), ("has_message".to_owned(), json!(true))]));
    }

    #[test]
    fn looking_at_the_same_again_is_one_sight_and_selling_twice_is_two() {
        let sight = |asked: &str, took_ms| Sight { asked: asked.to_owned(), took_ms, answered: Answered::Yes, ..Sight::default() };
        assert!(sight("sale_now", 3).repeats(&sight("sale_now", 9)));
        assert!(!sight("sale", 3).repeats(&sight("sale", 9)));
        assert!(!sight("sale_now", 3).repeats(&Sight { standing: "paid".to_owned(), ..sight("sale_now", 3) }));
    }

    #[test]
    fn words_of_the_merchants_own_are_kept_only_as_codes() {
        let kept = |word: &str| plain(word, &["paid"]);
        assert_eq!([kept("paid"), kept("NOT_A_PAY_CODE"), kept("")], ["paid", "NOT_A_PAY_CODE", ""]);
        assert_eq!([kept("李雷 13800138000"), kept("13800138000")], [OTHER, OTHER]);
    }
}
