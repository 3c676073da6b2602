//! The whole library, played against both merchants at once: the practice merchant and the Node program with the official SDK,
//! each scenario in a sandbox of its own, in an order made from a seed that is printed.
//!
//! A story that cannot be played counts as one that failed: both merchants offer everything that the library asks of a merchant. The same
//! runs are judged as `kabao check` judges them: both merchants are green by every rule, whatever the seed and the order were.

use crate::place::Place;
use crate::sdk_ready::node_program;
use conformance::judge::Standing;
use conformance::practice::PracticeShops;
use conformance::report::{Report, Reporter, Terminal};
use conformance::{Terms, judge_by};
use scenarios::merchant::{Description, Programs, Shops};
use scenarios::telling::{Paint, tell};
use scenarios::{Playbill, Run, Season, Venue};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// How many scenarios of one merchant are played at once.
const JOBS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_story_of_the_library_comes_true_with_both_merchants_in_any_order() {
    // 48 bits: whole in every reader of JSON
    let seed = RandomState::new().hash_one("stories") >> 16;
    println!("seed {seed}: kabao play library --shuffle --seed {seed}");
    let place = Place::in_memory(&[]);
    let node = node_program("merchants/node").join("merchant.toml");
    let node = Description::open(node.to_str().expect("build folders have plain names")).expect("the house's own merchant is described");
    let bill = Playbill::open(["library"]).expect("every story of the library reads").shuffled(seed);
    assert!(bill.len() > 100);
    let (practice, node) = tokio::join!(
        played(&place, Arc::new(PracticeShops::default()), "", &bill, seed),
        played(&place, Arc::new(Programs::new(node)), "--merchant fixtures/merchants/node/merchant.toml ", &bill, seed),
    );
    let played = [("practice", practice), ("Node", node)];
    let wrong: Vec<String> = played.iter().flat_map(|(who, runs)| wrong(who, runs)).collect();
    assert!(wrong.is_empty(), "seed {seed}: {} plays did not come true\n{}", wrong.len(), wrong.join("\n"));
    for (who, runs) in &played {
        let judged = judge_by(runs, &Terms::default());
        let report = Terminal::default().report(&Report { runs, judged: &judged });
        let sound = judged.standing() == Standing::Green && judged.breached().next().is_none();
        assert!(sound, "seed {seed}, the {who} merchant:\n{report}");
        let kept: Vec<Run> = runs.iter().map(|run| Run::from_json(&run.to_json()).expect("what is kept can be read")).collect();
        assert_eq!(judge_by(&kept, &Terms::default()), judged, "seed {seed}, the {who} merchant, judged from what was kept");
    }
    place.stop();
}

async fn played(place: &Place, shops: Arc<dyn Shops>, merchant: &str, bill: &Playbill, seed: u64) -> Vec<Run> {
    let venue = Venue::Own { platform: place.base.clone(), shops, jobs: JOBS };
    Season::new(venue, seed, format!("{merchant}--seed {seed}")).play(bill, &mut |_| {}).await
}

fn wrong(who: &str, runs: &[Run]) -> Vec<String> {
    runs.iter().filter(|run| !run.passed()).map(|run| format!("with the {who} merchant: {}", tell(run, Paint::Plain))).collect()
}
