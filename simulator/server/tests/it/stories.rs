//! The whole library, played against both merchants at once: the practice merchant and the Node program with the official SDK,
//! each scenario in a sandbox of its own, in an order made from a seed that is printed.
//!
//! A story that cannot be played counts as one that failed: both merchants offer everything that the library asks of a merchant.

use crate::place::Place;
use crate::sdk_ready::node_program;
use conformance::practice::PracticeShops;
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
    let wrong: Vec<String> = [("practice", practice), ("Node", node)].iter().flat_map(|(who, runs)| wrong(who, runs)).collect();
    assert!(wrong.is_empty(), "seed {seed}: {} plays did not come true\n{}", wrong.len(), wrong.join("\n"));
    place.stop();
}

async fn played(place: &Place, shops: Arc<dyn Shops>, merchant: &str, bill: &Playbill, seed: u64) -> Vec<Run> {
    let venue = Venue::Own { platform: place.base.clone(), shops, jobs: JOBS };
    Season::new(venue, seed, format!("{merchant}--seed {seed}")).play(bill, &mut |_| {}).await
}

fn wrong(who: &str, runs: &[Run]) -> Vec<String> {
    runs.iter().filter(|run| !run.passed()).map(|run| format!("with the {who} merchant: {}", tell(run, Paint::Plain))).collect()
}
