//! The sentences a story may use: each step with its English and Chinese wording in one place, matched as Cucumber
//! expressions.
//!
//! Parameters: `{customer}` a name, in quotation marks or bare; `{text}` anything in quotation marks; `{number}` a whole
//! number; `{amount}` yuan with two decimals; `{span}` a span of time; and from closed lists `{notice}` a kind of notice, `{bending}`
//! what becomes of an answer, `{asking}` what becomes of a request, `{habit}` what a customer does when asked to confirm, `{moment}`
//! a stroke of the clock. Both wordings name the same parameters in the same order.

use crate::nearest::nearest;
use crate::stage::{Stage, Trouble};
use crate::steps::STEPS;
use crate::waiting;
use crate::words::Words;
use cucumber_expressions::Expression;
use regex::Regex;
use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};
use std::pin::Pin;
use std::sync::LazyLock;
use std::time::Duration;

/// Who acts or is looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Actor {
    /// A person with a phone.
    Customer,
    /// The device at the till that reads codes.
    Scanner,
    /// The person at the till.
    Cashier,
    /// The service under test.
    Merchant,
    /// The imitated platform.
    Platform,
}

impl Display for Actor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Customer => "customer",
            Self::Scanner => "scanner",
            Self::Cashier => "cashier",
            Self::Merchant => "merchant",
            Self::Platform => "platform",
        })
    }
}

/// Whether a step does something or looks whether something is so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Done once.
    Act,
    /// Looked at once, or again and again until the bound given with `within` has passed.
    Fact,
}

pub(crate) type Played<'a> = Pin<Box<dyn Future<Output = Result<(), Trouble>> + Send + 'a>>;

/// A step that stories can use.
pub struct Step {
    /// Who acts or is looked at.
    pub actor: Actor,
    /// Act or fact.
    pub kind: Kind,
    /// English wording.
    pub english: &'static str,
    /// Chinese wording.
    pub chinese: &'static str,
    /// A sentence that uses it.
    pub example: &'static str,
    /// The same in Chinese.
    pub example_chinese: &'static str,
    pub(crate) play: for<'a> fn(&'a mut Stage, &'a Words) -> Played<'a>,
}

/// As `kabao play --steps` lists it: both wordings, each with its example.
impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { actor, english, chinese, example, example_chinese, .. } = self;
        writeln!(f, "{actor:<9} {english}\n            such as: {example}")?;
        writeln!(f, "          {chinese}\n            如：{example_chinese}")
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("actor", &self.actor).field("english", &self.english).finish_non_exhaustive()
    }
}

/// A sentence that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which step, counted in the order of [`crate::steps()`].
    pub step: usize,
    /// The values in the sentence.
    pub values: Vec<String>,
    /// How long a fact may take to come true.
    pub within: Option<Duration>,
    /// Whether it happens at the same time as the sentence before it.
    pub meanwhile: bool,
}

/// A sentence that was not understood: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: Vec<String>,
}

const PARAMETERS: &[(&str, &str)] = &[
    ("amount", r"\d+\.\d{2}"),
    ("asking", crate::steps::ASKINGS),
    ("bending", crate::steps::BENDINGS),
    ("customer", r#""[^"]+"|“[^”]+”|[A-Z][A-Za-z'’.-]*(?: [A-Z][A-Za-z'’.-]*)*|[\x{4e00}-\x{9fff}·]{1,8}?"#),
    ("habit", crate::steps::HABITS),
    ("moment", crate::steps::MOMENTS),
    ("notice", crate::seen::NOTICE_NAMES),
    ("number", r"-?\d+"),
    ("span", r"\d+(?:\.\d+)? ?(?:ms|s|min|h|d|毫秒|秒|分钟|小时|天)"),
    ("text", r#""[^"]*"|“[^”]*”"#),
];

static PATTERNS: LazyLock<Vec<[Regex; 2]>> = LazyLock::new(|| {
    let parameters: HashMap<&str, &str> = PARAMETERS.iter().copied().collect();
    let compile = |wording: &str| {
        Expression::regex_with_parameters(wording, &parameters)
            .unwrap_or_else(|error| panic!("the wording {wording:?} is no Cucumber expression: {error}"))
    };
    STEPS.iter().map(|step| [compile(step.english), compile(step.chinese)]).collect()
});

/// Finds the step a sentence means.
///
/// # Errors
/// No step or several fit, or an act is to be waited for.
pub(crate) fn find(sentence: &str) -> Result<Found, NotFound> {
    let (meanwhile, rest) = waiting::meanwhile(sentence);
    let (within, bare) = waiting::split(rest);
    let fits: Vec<(usize, Vec<String>)> =
        PATTERNS.iter().enumerate().filter_map(|(step, pair)| Some((step, values(pair, &bare)?))).collect();
    match <[_; 1]>::try_from(fits) {
        Ok([(step, values)]) => match within {
            Some(_) if STEPS[step].kind == Kind::Act => {
                let advice = "leave the bound out, or wait for the fact that follows from it".to_owned();
                Err(NotFound { problem: "an act cannot be waited for".to_owned(), advice: vec![advice] })
            }
            Some(bound) if bound > waiting::LONGEST => {
                let problem = format!("no story waits longer than {} min for one fact", waiting::LONGEST.as_secs() / 60);
                Err(NotFound { problem, advice: Vec::new() })
            }
            _ if meanwhile && STEPS[step].kind == Kind::Fact => {
                let advice = "leave `meanwhile` out: facts are looked at one after the other".to_owned();
                Err(NotFound { problem: "a fact does not happen".to_owned(), advice: vec![advice] })
            }
            within => Ok(Found { step, values, within, meanwhile }),
        },
        Err(fits) if fits.is_empty() => Err(no_such_step(&bare)),
        Err(fits) => {
            let advice = fits.iter().map(|(step, _)| format!("fits: {}", STEPS[*step].english)).collect();
            Err(NotFound { problem: "this sentence fits several steps".to_owned(), advice })
        }
    }
}

fn values(pair: &[Regex; 2], sentence: &str) -> Option<Vec<String>> {
    let found = pair.iter().find_map(|pattern| pattern.captures(sentence))?;
    Some(found.iter().skip(1).flatten().map(|value| unquoted(value.as_str()).to_owned()).collect())
}

fn unquoted(value: &str) -> &str {
    value.trim_matches(['"', '“', '”'])
}

fn no_such_step(sentence: &str) -> NotFound {
    let examples = STEPS.iter().flat_map(|step| [(step.example, step.english), (step.example_chinese, step.chinese)]);
    let by_example: HashMap<&str, &str> = examples.collect();
    let mut names: Vec<&str> = by_example.keys().copied().collect();
    names.sort_unstable();
    let mut advice = Vec::new();
    if let Some(example) = nearest(sentence, names) {
        advice.push(format!("nearest: {}", by_example[example]));
        advice.push(format!("such as: {}", waiting::split(example).1));
    }
    advice.push("kabao play --steps lists every step".to_owned());
    NotFound { problem: "there is no such step".to_owned(), advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(wording: &str) -> Vec<&str> {
        wording.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn every_example_is_understood_as_its_own_step_and_no_other() {
        for (place, step) in STEPS.iter().enumerate() {
            for example in [step.example, step.example_chinese] {
                assert_eq!(find(example).map(|found| found.step), Ok(place), "{example}");
            }
        }
    }

    #[test]
    fn both_wordings_of_a_step_name_the_same_parameters_in_the_same_order() {
        for step in STEPS.iter() {
            assert_eq!(parameters(step.english), parameters(step.chinese), "{}", step.english);
        }
    }

    #[test]
    fn names_may_be_bare_or_quoted_in_both_languages() {
        for sentence in ["Li Lei shows the card", "\"Li Lei\" shows the card", "“Li Lei” shows the card"] {
            assert_eq!(find(sentence).unwrap().values, ["Li Lei"], "{sentence}");
        }
        for sentence in ["李雷出示会员卡", "顾客\"李雷\"出示会员卡", "顾客李雷出示会员卡"] {
            assert_eq!(find(sentence).unwrap().values, ["李雷"], "{sentence}");
        }
    }

    #[test]
    fn a_wrong_sentence_is_told_the_nearest_step_in_its_own_language() {
        let wrong = find("the scanner reads a code twice").unwrap_err();
        assert!(wrong.advice[0].contains("the scanner reads the code"), "{wrong:?}");
        let wrong = find("收银员收了 35.00").unwrap_err();
        assert!(wrong.advice[0].contains("收银员收款"), "{wrong:?}");
    }

    #[test]
    fn acts_can_happen_meanwhile_in_both_languages_and_facts_cannot() {
        for sentence in
            ["meanwhile Li Lei shows the card", "meanwhile, Li Lei shows the card", "同时李雷出示会员卡", "同时，李雷出示会员卡"]
        {
            assert!(find(sentence).unwrap().meanwhile, "{sentence}");
        }
        assert!(!find("Li Lei shows the card").unwrap().meanwhile);
        assert!(find("meanwhile the card of Li Lei shows 35 points").unwrap_err().problem.contains("a fact does not happen"));
    }

    #[test]
    fn only_facts_can_be_waited_for_and_not_for_ever() {
        assert!(find("within 5 s the cashier charges 35.00").unwrap_err().problem.contains("an act"));
        assert!(find("within 30 min the card of Li Lei shows 35 points").unwrap_err().problem.contains("no story waits longer"));
    }
}
