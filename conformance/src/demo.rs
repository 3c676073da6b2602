//! The main job: a whole day in a shop, played against a merchant and judged. `kabao demo` calls this.
//!
//! The caller has a platform running and a merchant opened for it. The day is one story, `alipay/shop_day`, which tells again
//! what other stories show alone; what a merchant cannot be asked for is told, not passed over.

use crate::explain::Language;
use crate::judge::{Judged, judge};
use crate::rules;
use scenarios::{PlayOptions, Run as Bundle, Target, library, play};

/// The story, without the ending that says the language.
const DAY: &str = "alipay/shop_day";
/// The stories that the day tells again: the rules they provoke must have been exercised by its end.
const TOLD_AGAIN: [&str; 5] =
    ["alipay/shop_visit", "alipay/opening/lost_reply", "alipay/pay/lost_reply", "alipay/pay/counter", "alipay/notice/duplicate"];

/// What came of it.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The day.
    pub run: Bundle,
    /// What the rules say about it.
    pub judged: Judged,
}

/// Plays the day and judges it. The sandbox is there for nothing else.
pub async fn demo(target: &Target, language: Language) -> Demo {
    let ending = match language {
        Language::English => "feature",
        Language::Chinese => "zh-CN.feature",
    };
    let story = library::story(&format!("{DAY}.{ending}")).expect("every story of the library reads, a test says so");
    let run = play(&story, target, &PlayOptions { own: true, ..PlayOptions::default() }).await;
    let mut judged = judge(&run, rules::all());
    // what a day cannot show is left to `kabao check`; what it set out to show is told even when it did not come to it
    let shown = |story: &str| TOLD_AGAIN.iter().any(|own| story.strip_suffix(".feature") == Some(own));
    judged.judgements.retain(|one| one.not_exercised().is_none() || one.provoked_by.as_deref().is_some_and(shown));
    Demo { run, judged }
}
