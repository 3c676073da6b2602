//! What a story says when something else than the merchant's work goes wrong, and when it does.

use crate::stand_in::{closes_what_it_kept, endless, merchant, nobody, platform, serve};
use axum::Router;
use axum::routing::post;
use scenarios::run::{Failure, Outcome};
use scenarios::telling::{Paint, tell};
use scenarios::{PlayOptions, Run, Story, Target, play};
use std::time::{Duration, Instant};

const STORY: &str = "Feature: Points\n  Scenario: Points arrive\n    Given the merchant \"tea\" with a member card template\n    And the customer \"Li Lei\"\n    \
                     When Li Lei scans the join poster and agrees\n    Then within 200 ms the card of Li Lei shows 35 points\n";

async fn played(platform: &str, merchant: &str, options: &PlayOptions) -> Run {
    let story = Story::read("points.feature", STORY).unwrap();
    play(&story, &Target::at(platform, merchant), options).await
}

fn outcomes(run: &Run) -> Vec<&Outcome> {
    run.steps().map(|step| &step.outcome).collect()
}

#[tokio::test]
async fn a_story_that_comes_true_is_told_with_times_and_nothing_else() {
    let run = played(&serve(platform("35.00")).await, &serve(merchant()).await, &PlayOptions::default()).await;
    assert!(run.passed(), "{}", tell(&run, Paint::Plain));
    assert_eq!((run.seed, run.versions.platform.as_deref(), run.exchanges.len()), (Some(7731), Some("9.9.9"), 1));
    assert_eq!(run.captures["Li Lei.biz_card_no"], "kabao1");
}

#[tokio::test]
async fn a_failure_waits_for_its_bound_names_the_exchange_behind_it_and_how_to_play_it_again() {
    let begun = Instant::now();
    let run = played(&serve(platform("0")).await, &serve(merchant()).await, &PlayOptions::default()).await;
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(200), "{took:?}");
    let Outcome::Failed(Failure { expected, seen, exchange, again }) = outcomes(&run)[3] else { panic!("{run:?}") };
    assert_eq!((expected.as_str(), seen.as_str()), ("35 points", "the card showed 0 when 200 ms of real time had passed"));
    let exchange = exchange.as_ref().unwrap();
    assert_eq!((exchange.id, exchange.method.as_str()), (41, "alipay.marketing.card.update"));
    let again = again.strip_prefix("kabao play points.feature:2 --platform http://127.0.0.1:").unwrap();
    assert!(again.contains(" --sandbox demo --merchant http://127.0.0.1:") && again.ends_with("  # seed 7731"), "{again}");
    let told = tell(&run, Paint::Plain);
    assert!(told.contains("expected 35 points, the card showed 0 when 200 ms of real time had passed after call #41 alipay.marketing.card.update (12:00:03)"), "{told}");
}

#[tokio::test]
async fn a_platform_that_is_not_there_is_told_at_once_and_is_no_verdict() {
    let run = played(&nobody().await, &serve(merchant()).await, &PlayOptions::default()).await;
    assert!(run.broken().unwrap().contains("control API"), "{run:?}");
    assert!(run.incomplete.is_some());
    assert!(matches!(outcomes(&run)[..], [Outcome::Broken(_), Outcome::Skipped, Outcome::Skipped, Outcome::Skipped]));
}

#[tokio::test]
async fn a_merchant_that_is_not_there_breaks_the_step_that_needed_it() {
    let run = played(&serve(platform("35")).await, &nobody().await, &PlayOptions::default()).await;
    let Outcome::Broken(why) = outcomes(&run)[0] else { panic!("{run:?}") };
    assert!(why.contains("POST") && why.contains("Connection refused"), "{why}");
}

#[tokio::test]
async fn a_merchant_that_closes_a_connection_it_kept_is_asked_on_another() {
    let run = played(&serve(platform("35.00")).await, &closes_what_it_kept().await, &PlayOptions::default()).await;
    assert!(run.passed(), "{}", tell(&run, Paint::Plain));
}

#[tokio::test]
async fn html_where_json_belongs_is_shown() {
    let html = Router::new().fallback(async || axum::response::Html("<html><h1>Welcome to nginx</h1></html>"));
    let run = played(&serve(platform("35")).await, &serve(html).await, &PlayOptions::default()).await;
    let Outcome::Broken(why) = outcomes(&run)[0] else { panic!("{run:?}") };
    assert!(why.contains("no JSON") && why.contains("Welcome to nginx"), "{why}");
}

#[tokio::test]
async fn a_merchant_that_refuses_is_quoted() {
    let body = r#"{"error":{"code":"PLATFORM_REFUSED","message":"no","reason":{"method":"a.b","code":"40004","sub_code":"INVALID_PARAMETER","sub_msg":"参数有误"}}}"#;
    let refusing = Router::new().route("/setup", post(async move || (axum::http::StatusCode::BAD_GATEWAY, body)));
    let run = played(&serve(platform("35")).await, &serve(refusing).await, &PlayOptions::default()).await;
    let Outcome::Failed(failure) = outcomes(&run)[0] else { panic!("{run:?}") };
    assert!(failure.seen.contains("502 PLATFORM_REFUSED") && failure.seen.contains("a.b 40004 INVALID_PARAMETER 参数有误"), "{failure:?}");
}

#[tokio::test]
async fn a_merchant_that_never_answers_uses_up_the_budget_and_no_more() {
    let silent = Router::new().route("/setup", post(async || std::future::pending::<()>().await));
    let options = PlayOptions { budget: Duration::from_millis(300), ..PlayOptions::default() };
    let run = played(&serve(platform("35")).await, &serve(silent).await, &options).await;
    // not: no answer in time
    assert!(run.broken().unwrap().contains("time for the whole story"), "{run:?}");
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let run = played(&serve(platform("35")).await, &endless().await, &PlayOptions::default()).await;
    assert!(run.broken().unwrap().contains("larger than"), "{run:?}");
}

#[tokio::test]
async fn only_the_scenario_that_a_line_stands_in_is_played() {
    let story =
        Story::read("points.feature", &format!("{STORY}  Scenario: Another\n    When the scanner reads \"KB9\" instead\n")).unwrap();
    let target = Target::at(&serve(platform("35")).await, serve(merchant()).await);
    let options = PlayOptions { line: Some(8), ..PlayOptions::default() };
    let run = play(&story, &target, &options).await;
    assert_eq!(run.scenarios.iter().map(|scenario| scenario.name.as_str()).collect::<Vec<_>>(), ["Another"]);
    assert!(run.passed());
}
