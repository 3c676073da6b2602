//! The proof that rules bite: the sound practice merchant keeps every rule, each defect breaks its own rule and no other
//! but its declared consequences. Needs a running platform; every row gets a sandbox of its own.

use crate::judge::{Judged, judge};
use crate::practice::{Defect, Practice, Setup};
use crate::rule::Verdict;
use crate::rules;
use scenarios::control::Control;
use scenarios::{PlayOptions, Run as Bundle, Target, library, play};
use std::collections::BTreeSet;

/// What every merchant lives through.
const STORIES: [&str; 2] = ["alipay/shop_visit.feature", "alipay/opening/lost_reply.feature"];

/// One merchant, played and judged.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is wrong with it; nothing for the sound one.
    pub defect: Option<Defect>,
    /// What was played.
    pub runs: Vec<Bundle>,
    /// What the rules say.
    pub judged: Judged,
    /// What is not as it should be, one line each; empty when the row is right.
    pub problems: Vec<String>,
}

/// Plays the sound merchant and every defect against the platform at `control`, and compares.
///
/// # Errors
/// The platform makes no sandbox, or a merchant does not start.
pub async fn matrix(control: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (place, defect) in std::iter::once(None).chain(Defect::ALL.iter().copied().map(Some)).enumerate() {
        let seed = 8_600_000 + place as u64;
        rows.push(row(control, defect, seed).await?);
    }
    Ok(rows)
}

/// Plays and judges one merchant in a new sandbox with this seed.
///
/// # Errors
/// As [`matrix`].
pub async fn row(control: &str, defect: Option<Defect>, seed: u64) -> Result<Row, String> {
    let (sandbox, app) = Control::create(control, &format!("matrix-{seed}"), seed).await.map_err(|error| error.to_string())?;
    let target = Target::at(control, "").sandbox(&format!("matrix-{seed}"));
    let setup = Setup {
        gateway: target.gateway.clone(),
        app_id: app.app_id,
        app_private_key: app.app_private_key,
        alipay_public_key: app.alipay_public_key,
        listen: None,
        defects: defect.into_iter().collect(),
        ..Setup::default()
    };
    let practice = Practice::start(setup).await.map_err(|error| error.to_string())?;
    let target = Target { merchant: practice.address().into(), ..target };
    let mut runs = Vec::new();
    for story in STORIES {
        let story = library::story(story).expect("every story of the library reads, a test says so");
        runs.push(play(&story, &target, &PlayOptions::default()).await);
    }
    practice.stop().await;
    let judged = judge(&runs.iter().cloned().reduce(Bundle::and).unwrap_or_default(), rules::all());
    sandbox.drop_sandbox().await.map_err(|error| error.to_string())?;
    let problems = compare(defect, &runs, &judged);
    Ok(Row { defect, runs, judged, problems })
}

/// What is not as it should be.
pub fn compare(defect: Option<Defect>, runs: &[Bundle], judged: &Judged) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(why) = &judged.trouble {
        problems.push(format!("the kit broke: {why}"));
    }
    let expected: BTreeSet<&str> =
        defect.iter().flat_map(|defect| defect.consequences().iter().copied().chain([defect.breaks()])).collect();
    for judgement in &judged.judgements {
        if let Some(breach) = judgement.breach().filter(|_| !expected.contains(judgement.id.as_str())) {
            problems.push(format!("{} is breached although the merchant keeps it: {}", judgement.id, breach.observed));
        }
    }
    match defect {
        Some(defect) if judged.verdict(defect.breaks()).and_then(Verdict::breach).is_none() => {
            problems.push(format!("{} does not bite on {defect}: {:?}", defect.breaks(), judged.verdict(defect.breaks())));
        }
        None => {
            if let Some(step) = runs.iter().find_map(Bundle::trouble) {
                problems
                    .push(format!("the sound merchant fails a story at line {}: {} {:?}", step.place.line, step.sentence, step.outcome));
            }
            let known: BTreeSet<&str> = Defect::ALL.iter().map(|defect| defect.breaks()).collect();
            let open = judged.judgements.iter().filter(|one| known.contains(one.id.as_str()) && one.verdict() != Some(&Verdict::Holds));
            let open: Vec<&str> = open.map(|judgement| judgement.id.as_str()).collect();
            if !open.is_empty() {
                problems.push(format!("the sound merchant does not hold {open:?}"));
            }
        }
        Some(_) => {}
    }
    problems
}
