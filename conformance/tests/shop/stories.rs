//! The stories and the matrix of defects, as the demo and the check play them.

use conformance::matrix::matrix;
use server::house::{House, Plan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sound_shop_keeps_every_rule_and_each_defect_breaks_its_own() {
    let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(7), ..Plan::default() };
    let house = House::open(&plan).await.unwrap();
    for row in matrix(&house.base()).await.unwrap() {
        assert_eq!(row.problems, Vec::<String>::new(), "{:?}", row.defect);
    }
}
