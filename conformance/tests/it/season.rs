//! Many stories at once against the practice merchant, each in a sandbox of its own: nothing is left behind, nobody disturbs
//! anybody, and a seed gives the same people again.

use conformance::practice::PracticeShops;
use scenarios::merchant::{Account, Description, Doing, Service, Shops};
use scenarios::telling::{Paint, tell_all};
use scenarios::{Playbill, Run, Season, Venue};
use serde_json::Value;
use server::house::{House, Plan};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

async fn house() -> House {
    House::open(&Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(9), ..Plan::default() }).await.unwrap()
}

fn season(house: &House, seed: u64, jobs: usize) -> Season {
    let venue = Venue::Own { platform: house.base(), shops: Arc::new(PracticeShops::default()), jobs };
    Season::new(venue, seed, format!("--seed {seed}"))
}

async fn sandboxes(house: &House) -> Vec<String> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let told: Value = client.get(format!("{}/_kabao/v1/sandboxes", house.base())).send().await.unwrap().json().await.unwrap();
    told["sandboxes"].as_array().unwrap().iter().map(|line| line["sandbox"].as_str().unwrap().to_owned()).collect()
}

fn bill(stories: &[&str]) -> Playbill {
    Playbill::open(stories.iter().copied()).unwrap_or_else(|faults| panic!("{}", faults[0]))
}

fn written(text: &str) -> (tempfile::NamedTempFile, Playbill) {
    let file = tempfile::Builder::new().suffix(".feature").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let bill = bill(&[file.path().to_str().unwrap()]);
    (file, bill)
}

fn passed(runs: &[Run]) {
    assert!(runs.iter().all(Run::passed), "{}", tell_all(runs, Paint::Plain, Duration::ZERO));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stories_come_true_side_by_side_in_any_order_and_leave_no_sandbox() {
    let house = house().await;
    let bill = bill(&["library/alipay/shop_visit.feature", "library/alipay/shop_visit.zh-CN.feature"]);
    let mut told = 0;
    let runs = season(&house, 3, 2).play(&bill.shuffled(3), &mut |_| told += 1).await;
    passed(&runs);
    assert_eq!((runs.len(), told), (2, 2));
    assert_ne!(runs[0].sandbox, runs[1].sandbox);
    assert_eq!(sandboxes(&house).await, ["demo"]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_gives_the_same_people_and_another_seed_others() {
    let house = house().await;
    let bill = bill(&["library/alipay/shop_visit.feature"]);
    let mut met = Vec::new();
    for seed in [5, 5, 6] {
        let runs = season(&house, seed, 1).play(&bill, &mut |_| ()).await;
        passed(&runs);
        met.push((runs[0].seed, runs[0].captures["Li Lei.user_id"].clone(), runs[0].captures["Li Lei.biz_card_no"].clone()));
    }
    assert_eq!(met[0], met[1]);
    assert_ne!(met[0], met[2]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_interrupted_leaves_no_sandbox() {
    let house = house().await;
    let season = season(&house, 7, 2);
    let bill = bill(&["library/alipay/shop_visit.feature", "library/alipay/shop_visit.zh-CN.feature"]);
    let mut nobody = |_: &Run| ();
    tokio::select! {
        _ = season.play(&bill, &mut nobody) => panic!("it was over before it could be interrupted"),
        () = async {
            while sandboxes(&house).await.len() < 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        } => {}
    }
    season.sweep().await;
    assert_eq!(sandboxes(&house).await, ["demo"]);
    house.close().await;
}

const TOGETHER: &str = "Feature: Together
  Scenario: Two customers join at the same moment
    Given the merchant \"tea-house\" with a member card template
    And the customer \"Li Lei\"
    And the customer \"Han Meimei\"
    When Li Lei scans the join poster and agrees
    And meanwhile Han Meimei scans the join poster and agrees
    Then within 5 s the merchant has opened a member card for Li Lei
    And within 5 s the merchant has opened a member card for Han Meimei
    And the merchant has 2 members
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_customers_do_something_at_the_same_moment() {
    let house = house().await;
    let (_file, bill) = written(TOGETHER);
    let runs = season(&house, 11, 1).play(&bill, &mut |_| ()).await;
    passed(&runs);
    let steps: Vec<_> = runs[0].steps().collect();
    let (one, other) = (steps[3], steps[4]);
    assert!(other.started_ms <= one.started_ms + one.took_ms, "the second began while the first was under way");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_says_how_it_is_played_again_and_a_fault_that_struck_nothing_is_one() {
    let house = house().await;
    let wrong = TOGETHER.replace("the merchant has 2 members", "the merchant has 3 members");
    let (file, bill) = written(&wrong);
    let runs = season(&house, 12, 1).play(&bill, &mut |_| ()).await;
    let told = tell_all(&runs, Paint::Plain, Duration::ZERO);
    let again = format!("kabao play {}:2 --seed 12", file.path().display());
    assert!(told.contains("expected 3 members, the merchant had 2") && told.contains(&again), "{told}");
    let idle = TOGETHER.replace("    When Li Lei", "    And the platform will be busy at the next \"alipay.trade.pay\"\n    When Li Lei");
    let (_file, bill) = written(&idle);
    let runs = season(&house, 13, 1).play(&bill, &mut |_| ()).await;
    let told = tell_all(&runs, Paint::Plain, Duration::ZERO);
    assert!(told.contains("met no call: it tested nothing"), "{told}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_when_the_time_is_used_up_is_told_and_not_played() {
    let house = house().await;
    let mut season = season(&house, 14, 1);
    season.whole = Duration::ZERO;
    let runs = season.play(&bill(&["library/alipay/shop_visit.feature"]), &mut |_| ()).await;
    assert!(runs[0].broken().unwrap().contains("used up"), "{runs:?}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_that_is_not_open_in_time_is_told_and_the_others_are_played() {
    let house = house().await;
    let mut season = season(&house, 15, 1);
    season.each = Duration::ZERO;
    let stories = ["library/alipay/shop_visit.feature", "library/alipay/shop_visit.zh-CN.feature"];
    let runs = season.play(&bill(&stories), &mut |_| ()).await;
    assert!(runs.iter().all(|run| run.broken().is_some()), "{runs:?}");
    assert_eq!(runs.iter().map(|run| run.story.path.as_str()).collect::<Vec<_>>(), stories, "each at its place of the playbill");
    house.close().await;
}

/// Opens the practice merchant once every so many times, and is out of paper otherwise.
struct Moody {
    every: usize,
    asked: AtomicUsize,
    shops: PracticeShops,
}

impl Shops for Moody {
    fn description(&self) -> Description {
        self.shops.description()
    }

    fn open<'a>(&'a self, account: &'a Account) -> Doing<'a, Arc<dyn Service>> {
        if (self.asked.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(self.every) {
            return self.shops.open(account);
        }
        Box::pin(async { Err("out of paper".to_owned()) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merchants_that_do_not_open_five_times_in_a_row_are_given_up_and_others_are_not() {
    let house = house().await;
    for (every, not_begun) in [(usize::MAX, 3), (5, 0)] {
        let shops = Moody { every, asked: AtomicUsize::new(0), shops: PracticeShops::default() };
        let season = Season::new(Venue::Own { platform: house.base(), shops: Arc::new(shops), jobs: 1 }, 16, String::new());
        let runs = season.play(&bill(&["library/alipay/shop_visit.feature"; 8]), &mut |_| ()).await;
        let left: Vec<&str> = runs.iter().filter_map(Run::broken).filter(|why| why.starts_with(scenarios::NOT_BEGUN)).collect();
        assert_eq!(left.len(), not_begun, "one in {every} opens: {left:?}");
        assert!(left.iter().all(|why| why.contains("5 merchants in a row") && why.contains("out of paper")), "{left:?}");
    }
    house.close().await;
}
