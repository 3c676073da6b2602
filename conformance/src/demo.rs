//! The main job, thin but whole: play a shop visit against a merchant and judge it. `kabao demo` calls this.
//!
//! The caller has a platform running and says who the merchant is: one that runs already, or the built-in one, which is
//! opened here and closed again. Two stories are played; what a merchant cannot be asked for is told, not passed over.

use crate::explain::Language;
use crate::judge::{Judged, judge};
use crate::practice::{CannotOpen, Practice, Setup};
use crate::rules;
use scenarios::{PlayOptions, Run as Bundle, Target, library, play};

/// The stories, without the ending that says the language.
const STORIES: [&str; 2] = ["alipay/shop_visit", "alipay/opening/lost_reply"];

/// Who the merchant is.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "made and taken apart once")]
pub enum Merchant {
    /// One that runs already, by the address of its till API.
    Running(String),
    /// The built-in practice merchant with this configuration.
    BuiltIn(Setup),
}

/// A platform that runs.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Control API, without its path.
    pub control: String,
    /// Classic gateway, with its path.
    pub gateway: String,
    /// The sandbox.
    pub sandbox: String,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The stories that were played, in order.
    pub runs: Vec<Bundle>,
    /// Stories that cannot be played with this merchant, by title, and why.
    pub left_out: Vec<(String, String)>,
    /// What the rules say about all of them together.
    pub judged: Judged,
}

/// Plays the shop visit and the lost answer, and judges both.
///
/// # Errors
/// The built-in merchant could not be opened.
pub async fn demo(platform: &Platform, merchant: Merchant, language: Language) -> Result<Demo, CannotOpen> {
    let (practice, address) = match merchant {
        Merchant::Running(address) => (None, address),
        Merchant::BuiltIn(setup) => {
            let practice = Practice::start(setup).await?;
            let address = practice.address().to_owned();
            (Some(practice), address)
        }
    };
    let Platform { control, gateway, sandbox } = platform.clone();
    let target = Target { control, gateway, sandbox, merchant: address.into() };
    let runs = visit(&target, language).await;
    if let Some(practice) = practice {
        practice.stop().await;
    }
    let (left_out, runs): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.not_playable().is_some());
    let left_out = left_out.into_iter().map(|run| (run.story.name.clone(), run.not_playable().unwrap_or_default().to_owned())).collect();
    let mut judged = judged(&runs);
    // what a visit cannot show is left to `kabao check`; what its own stories provoke is told even when it did not come to it
    let own = |story: &str| STORIES.iter().any(|own| story.strip_suffix(".feature") == Some(own));
    judged.judgements.retain(|one| one.not_exercised().is_none() || one.provoked_by.as_deref().is_some_and(own));
    Ok(Demo { runs, left_out, judged })
}

/// Plays the stories, one after the other.
pub(crate) async fn visit(target: &Target, language: Language) -> Vec<Bundle> {
    let ending = match language {
        Language::English => "feature",
        Language::Chinese => "zh-CN.feature",
    };
    let mut runs = Vec::new();
    for story in STORIES {
        let story = library::story(&format!("{story}.{ending}")).expect("every story of the library reads, a test says so");
        runs.push(play(&story, target, &PlayOptions::default()).await);
    }
    runs
}

/// What the rules say about several runs of one sandbox together.
pub fn judged(runs: &[Bundle]) -> Judged {
    let whole = runs.iter().cloned().reduce(Bundle::and).unwrap_or_default();
    judge(&whole, rules::all())
}
