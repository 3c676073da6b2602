//! The clock's page: set, stopped, moved by its buttons; what ran on the way, and what falls due next.

use engine::world::Moment;
use engine::world::clock::Clock;

use crate::call::Asked;
use crate::html::is_harmless;
use crate::pages::{page, push_form};
use crate::shop::Shop;

fn now(asked: &Asked) -> (Clock, String) {
    asked.house.engine().sandbox("demo").unwrap().look(|world, now| (world.clock(), now.text()))
}

async fn set(asked: &Asked, fields: &str) {
    assert_eq!(push_form(asked, "/console/clock/set", fields).await.expect(303).header("location"), "/console/clock");
}

#[tokio::test]
async fn the_clock_is_set_stopped_and_resumed_by_buttons() {
    let asked = Asked::demo().await;
    let shown = page(&asked, "/console/clock?lang=en").await.expect(200).text;
    assert!(is_harmless(&shown, "clock").contains("stopped") && shown.contains("value=\"resume\""), "{shown}");
    set(&asked, "do=set&at=2026-12-31+23%3a59%3a50").await;
    assert_eq!(now(&asked), (Clock::Stopped { at: Moment::parse("2026-12-31 23:59:50").unwrap() }, "2026-12-31 23:59:50".to_owned()));
    set(&asked, "do=resume").await;
    assert!(matches!(now(&asked).0, Clock::Running { .. }));
    assert!(page(&asked, "/console/clock").await.text.contains("value=\"stop\""));
    set(&asked, "do=set_and_stop&at=2026-01-01+00%3a00%3a00").await;
    assert_eq!(now(&asked).1, "2026-01-01 00:00:00");
    set(&asked, "do=offset&offset=-8h").await;
    assert_eq!(now(&asked).0, Clock::Running { offset_ms: -8 * 3_600_000 });
    assert!(page(&asked, "/console/clock?lang=en").await.text.contains("-08:00:00"), "the difference is told");
    set(&asked, "do=live").await;
    assert_eq!(now(&asked).0, Clock::Running { offset_ms: 0 });
}

#[tokio::test]
async fn what_cannot_be_is_explained_and_changes_nothing() {
    let asked = Asked::demo().await;
    for (action, fields, words) in [
        ("set", "do=set&at=tomorrow", "tomorrow"),
        ("set", "do=offset&offset=soon", "is not a span of time"),
        ("set", "", "exactly one of"),
        ("advance", "by=-1h", "goes backwards"),
        ("advance", "by=", "is not a span of time"),
        ("advance", "to=0", "goes backwards"),
        ("advance", "by=%3cscript%3e", "is not a span of time"),
    ] {
        let wrong = push_form(&asked, &format!("/console/clock/{action}"), fields).await.expect(400);
        assert!(is_harmless(&wrong.text, fields).contains(words), "{fields}: {}", wrong.text);
    }
    assert_eq!(now(&asked).1, "2026-11-21 14:00:00");
}

#[tokio::test]
async fn advancing_shows_what_ran_and_what_is_due_next_can_be_run_to() {
    let shop = Shop::open().await;
    let before = page(&shop.asked, "/console/clock?lang=en").await.expect(200).text;
    let due = is_harmless(&before, "clock");
    // the trade that waits for the customer, and the notice that was not taken
    assert!(due.contains("a trade is closed") && due.contains("T1") && due.contains("2026-11-21 14:03:00"), "{due}");
    assert!(due.contains("a notice is sent") && before.contains("/console/notices/n1"), "{due}");
    let at = Moment::parse("2026-11-21 14:03:00").unwrap().0;
    assert!(before.contains(&format!("name=\"to\" value=\"{at}\"")), "{before}");

    let moved = push_form(&shop.asked, "/console/clock/advance", &format!("to={at}")).await.expect(303);
    let address = moved.header("location").to_owned();
    assert!(address.starts_with("/console/clock?from="), "{address}");
    let after = page(&shop.asked, &format!("{address}&lang=en")).await.expect(200).text;
    let text = is_harmless(&after, "clock");
    let (ran, left) = text.split_once("Due next").unwrap();
    assert!(ran.contains("What ran on the way") && ran.contains("trade_closed") && ran.contains("T1"), "{ran}");
    assert!(!left.contains("T1"), "{left}");
    assert_eq!(now(&shop.asked).1, "2026-11-21 14:03:00");
    // half a minute in which nothing is due, and a preset's button
    let moved = push_form(&shop.asked, "/console/clock/advance", "by=30s").await.expect(303);
    assert!(page(&shop.asked, moved.header("location")).await.expect(200).text.contains("途中没有到期的事"));
    let moved = push_form(&shop.asked, "/console/clock/advance", "by=month_end").await.expect(303);
    assert!(page(&shop.asked, moved.header("location")).await.expect(200).text.contains("2026-11-30 23:59:50"));
}
