//! Faults: what shall go wrong, when, and how often it did. Rules are data and state of the sandbox, so that an export, a fork
//! or a restart keeps them and a reset drops them.
//!
//! Here is which rule strikes (`decide`) and the count of it; how a struck call goes wrong is the engine's and the provider's
//! business. A rule counts only calls it is about, and counting is an event: without rules nothing is recorded.
//! Source: issue "Money, notices, time and faults"; FEATURES 6 (toxics: "drop the first two, then work").

mod decide;

pub use decide::{Aim, Decision, Seen};

use crate::moment::Moment;
use crate::names::AppId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};

/// The most rules a sandbox has at once.
pub const LIMIT: usize = 200;
/// The most ids whose fault word was spent that are remembered.
const WORDS: usize = 1_000;

/// What shall go wrong: for which calls, on which of them, what, and how often at most. As it is asked for, and as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// The method, or its beginning and `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The kind of notice, or its beginning and `*`: then the rule is about deliveries of notices instead of calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// The platform's own question to a merchant, or its beginning and `*`: then the rule is about those instead of calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// The application that calls, or is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The number of a card that the call is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Parameters by path, with the value they have; `*` at an end of it stands for anything, and behind a `=` at its beginning
    /// stands exactly the value.
    #[serde(rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Headers of the request, likewise.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub header: BTreeMap<String, String>,
    /// The n-th matching call only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// Every n-th matching call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// The first so many matching calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// About so many of a hundred matching calls, by the sandbox's seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// How often it strikes at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The call is refused so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// What becomes of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// What becomes of a request to a merchant: the delivery of a notice, or a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver: Option<Deliver>,
    /// A notice goes so many seconds of virtual time later: what is behind it overtakes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_seconds: Option<i64>,
    /// A request to a merchant says it was sent so many seconds before it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aged_seconds: Option<i64>,
    /// Members that a successful answer, or a request to a merchant, gets or that are changed in it; `null` takes one out of a
    /// request.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// The answer, or a question to a merchant, is late by so many milliseconds of real time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Calls beyond so many are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Pace>,
    /// What of the application's keys and certificates is replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renew: Vec<String>,
    /// Whether the call has its effect all the same; each action has its usual answer to that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_work: Option<bool>,
    /// What its maker wants to remember.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A refusal to answer with.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The provider's code.
    pub sub_code: String,
    /// Its text; the provider's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_msg: Option<String>,
}

/// How many calls an application may make in so many seconds of virtual time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// How many calls.
    pub calls: u64,
    /// In how many seconds.
    pub seconds: i64,
}

/// What becomes of a request to a merchant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deliver {
    /// The same bytes come twice.
    Twice,
    /// The same bytes come twice at the same time.
    TwiceAtOnce,
    /// Nothing comes; the platform takes it for an answer that never came.
    Lost,
    /// It comes, and the platform never gets the answer.
    Unanswered,
    /// Nothing comes; the platform takes it for a refused connection.
    Unreachable,
    /// Somebody else's key signed.
    OtherKey,
    /// One byte of the signature is another.
    WrongSignature,
    /// There is no signature.
    NoSignature,
    /// It has parameters that no document names, and is signed so.
    ExtraFields,
    /// It is in another charset than it says, and is signed so.
    OtherCharset,
}

impl Deliver {
    /// All there are.
    pub const ALL: [Self; 10] = [
        Self::Twice,
        Self::TwiceAtOnce,
        Self::Lost,
        Self::Unanswered,
        Self::Unreachable,
        Self::OtherKey,
        Self::WrongSignature,
        Self::NoSignature,
        Self::ExtraFields,
        Self::OtherCharset,
    ];
}

/// What becomes of an answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The connection is closed without a byte of it.
    Drop,
    /// The connection is closed in the middle of its body.
    Cut,
    /// The second half of its body is noise.
    Garble,
    /// Its signature is a wrong one.
    WrongSignature,
    /// It has no signature.
    NoSignature,
    /// It is rightly signed with a key of somebody else.
    OtherKey,
    /// It is GBK and says it is UTF-8 (to a GBK request the other way round).
    Gbk,
    /// Its object has odd white space, and is signed so.
    Spaced,
    /// Slashes are written the other way than usual, and signed so.
    Slashes,
    /// Its object has members that no document names.
    ExtraFields,
    /// The notices that the call caused come before it.
    AfterNotice,
    /// A proxy's page instead of it: 502.
    #[serde(rename = "http_502")]
    Http502,
    /// A proxy's page instead of it: 504.
    #[serde(rename = "http_504")]
    Http504,
}

impl Reply {
    /// All there are.
    pub const ALL: [Self; 13] = [
        Self::Drop,
        Self::Cut,
        Self::Garble,
        Self::WrongSignature,
        Self::NoSignature,
        Self::OtherKey,
        Self::Gbk,
        Self::Spaced,
        Self::Slashes,
        Self::ExtraFields,
        Self::AfterNotice,
        Self::Http502,
        Self::Http504,
    ];

    /// Whether it can also come to a call that was never worked on: then nothing of an answer is needed for it.
    pub fn needs_no_answer(self) -> bool {
        matches!(self, Self::Drop | Self::Http502 | Self::Http504)
    }
}

impl Rule {
    /// What it is about.
    pub fn aim(&self) -> Aim {
        match (&self.notice, &self.ask) {
            (Some(_), _) => Aim::Notice,
            (None, Some(_)) => Aim::Ask,
            (None, None) => Aim::Call,
        }
    }

    /// Whether the call has its effect although the rule strikes.
    pub fn works(&self) -> bool {
        let usual = self.answer.is_none() && self.limit.is_none();
        self.delay_ms.is_some() || self.after_work.unwrap_or(usual)
    }

    /// Whether a delay comes before the call is worked on.
    pub fn waits_before(&self) -> bool {
        self.after_work != Some(true)
    }

    /// In one word, what it does.
    pub fn action(&self) -> String {
        fn word(of: impl Serialize) -> String {
            serde_json::to_value(of).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
        }
        let mut said = Vec::new();
        said.extend(self.answer.as_ref().map(|answer| format!("answer {}", answer.sub_code)));
        said.extend(self.limit.map(|pace| format!("limit {} in {} s", pace.calls, pace.seconds)));
        said.extend(self.reply.map(word));
        said.extend(self.deliver.map(word));
        said.extend(self.late_seconds.map(|seconds| format!("late by {seconds} s")));
        said.extend(self.aged_seconds.map(|seconds| format!("aged by {seconds} s")));
        let names: Vec<&str> = self.fields.keys().map(String::as_str).collect();
        said.extend((!names.is_empty()).then(|| format!("fields {}", names.join(" "))));
        said.extend((!self.renew.is_empty()).then(|| format!("renew {}", self.renew.join(" "))));
        said.extend(self.delay_ms.map(|ms| format!("delay {ms} ms")));
        said.join(", ")
    }
}

/// A rule as it stands: what it is, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// What shall go wrong.
    pub rule: Rule,
    /// When it was made.
    pub made: Moment,
    /// How many calls it was about.
    pub matched: u64,
    /// How often it struck.
    pub struck: u64,
    /// When it struck last.
    pub last: Option<Moment>,
    /// The window of its pace that is open, by application: since when, and how many calls.
    pub paced: BTreeMap<AppId, (Moment, u64)>,
}

/// A rule was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FaultMade {
    /// Its number.
    pub fault: u32,
    /// What shall go wrong.
    pub rule: Rule,
}

/// A rule was taken away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FaultRemoved {
    /// Its number.
    pub fault: u32,
}

/// A call came that rules are about, or whose id has a fault word.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FaultMet {
    /// The application that called.
    pub app: AppId,
    /// The rules it counts for, and whether they struck.
    pub met: Vec<(u32, bool)>,
    /// The word and id that are spent now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
}

/// All faults of a sandbox.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Faults {
    /// How many were ever made: numbers are not used again.
    made: u32,
    rules: BTreeMap<u32, Fault>,
    /// Words in ids that struck, oldest first.
    words: VecDeque<String>,
}

impl Faults {
    /// The rules by number.
    pub fn rules(&self) -> &BTreeMap<u32, Fault> {
        &self.rules
    }

    /// The number of the next rule.
    pub fn next(&self) -> u32 {
        self.made + 1
    }

    /// Those that no call was ever about.
    pub fn unmatched(&self) -> impl Iterator<Item = (u32, &Fault)> {
        self.rules.iter().filter(|(_, fault)| fault.matched == 0).map(|(number, fault)| (*number, fault))
    }

    /// Whether a word in an id struck before.
    pub fn is_spent(&self, word: &str) -> bool {
        self.words.iter().any(|spent| spent == word)
    }

    pub(crate) fn make(&mut self, at: Moment, made: &FaultMade) {
        self.made = self.made.max(made.fault);
        let fault = Fault { rule: made.rule.clone(), made: at, matched: 0, struck: 0, last: None, paced: BTreeMap::new() };
        self.rules.insert(made.fault, fault);
    }

    pub(crate) fn remove(&mut self, removed: FaultRemoved) {
        self.rules.remove(&removed.fault);
    }

    pub(crate) fn meet(&mut self, at: Moment, met: &FaultMet) {
        for (number, struck) in &met.met {
            let Some(fault) = self.rules.get_mut(number) else { continue };
            fault.matched += 1;
            if *struck {
                fault.struck += 1;
                fault.last = Some(at);
            }
            if let Some(pace) = fault.rule.limit {
                let window = fault.paced.entry(met.app.clone()).or_insert((at, 0));
                if is_over(window.0, pace, at) {
                    *window = (at, 0);
                }
                window.1 += 1;
            }
        }
        if let Some(word) = &met.word {
            if self.words.len() >= WORDS {
                self.words.pop_front();
            }
            self.words.push_back(word.clone());
        }
    }
}

/// Whether a window that opened at `since` is over at `now`; a clock set back opens a new one.
fn is_over(since: Moment, pace: Pace, now: Moment) -> bool {
    now < since || now >= since.plus_seconds(pace.seconds)
}
