//! A story's time. Where the merchant can be told what time it is, the player is time's master: the platform's clock and the
//! shop's stand still until a step or a bound moves both on, so that 75 s of waiting take a moment and every run meets the same
//! times. Elsewhere time is real, and a bound counts real time.
//!
//! Moving: first the platform drains what falls due, answers of the merchant included; then the shop is told the new moment; then
//! both are waited for until nothing is under way. Network time-outs stay real time.

use crate::control::Control;
use crate::merchant::{Merchant, Operation, Till, Verdict};
use crate::stage::Trouble;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// When stories begin in sandboxes of their own, China time: a working day, far from midnight.
pub(crate) const MORNING: &str = "2026-11-21 10:00:00";
/// How long merchant and platform may take, real time, until nothing is under way. Then the story goes on as it is.
const SETTLING: Duration = Duration::from_secs(10);
/// How long the merchant may take to finish after the last step: real time.
const FINISHING: Duration = Duration::from_secs(3);
/// How long both may take to let their clocks run again.
const LETTING_GO: Duration = Duration::from_secs(5);
const FINISHING_PAUSE: Duration = Duration::from_millis(20);
/// The same in virtual time, and in what steps: a merchant that asks every few seconds for a minute or two is done by then.
const LAST_MATTERS: Duration = Duration::from_mins(4);
const MATTER_STEP: Duration = Duration::from_secs(5);
/// How long the first pause between two looks is; later ones are longer.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(25);

/// How time goes in a scenario.
#[derive(Debug)]
pub(crate) struct Time {
    control: Control,
    till: Till,
    merchant: Merchant,
    /// What both clocks show, milliseconds since 1970; only while the player is time's master.
    now_ms: Option<AtomicI64>,
    /// One at a time moves it.
    moving: tokio::sync::Mutex<()>,
}

impl Time {
    /// Stops both clocks, if the merchant can be told the time.
    /// In a sandbox of the play's own, real time is the machine's.
    pub(crate) async fn begin(control: &Control, merchant: &Merchant, own: bool) -> Result<Self, Trouble> {
        let till = merchant.till();
        let time = |now_ms: Option<i64>| Self {
            control: control.clone(),
            till: till.clone(),
            merchant: merchant.clone(),
            now_ms: now_ms.map(AtomicI64::new),
            moving: tokio::sync::Mutex::default(),
        };
        if !till.offers(Operation::Clock) {
            return Ok(time(None));
        }
        let clock = control.post("/clock", &json!({"stop": true})).await?.yes()?;
        let now_ms = clock["now_ms"].as_i64().ok_or_else(|| Trouble::Broken("the platform's clock shows no `now_ms`".to_owned()))?;
        let told = till.clock(Some(now_ms)).await;
        if let Ok(told) = &told
            && told.yes()
        {
            return Ok(time(Some(now_ms)));
        }
        let running = if own { json!({"offset": "0s"}) } else { json!({"resume": true}) };
        control.post("/clock", &running).await?.yes()?;
        match told?.agreed("the merchant's clock can be set") {
            Err(trouble) if !matches!(trouble, Trouble::Unmet { .. }) => Err(trouble),
            _ => Ok(time(None)),
        }
    }

    /// Lets the merchant finish what it is working on while there is real time left, and both clocks run again. Says so when it is
    /// still working.
    pub(crate) async fn end(&self, left: Duration) -> Option<String> {
        let unfinished = timeout(left, self.finish()).await;
        if self.is_virtual() {
            let letting_go = async {
                let _ = self.till.clock(None).await;
                let _ = self.control.post("/clock", &json!({"resume": true})).await;
            };
            // a clock that nobody lets run goes on standing: its sandbox is dropped, or its owner sees it
            let _ = timeout(LETTING_GO, letting_go).await;
        }
        match unfinished {
            Ok(pending) => pending.map(|pending| format!("the merchant was still working on {pending} matters when the story ended")),
            Err(_) => Some("the time for the whole story was used up before the merchant had finished".to_owned()),
        }
    }

    /// Waits, in virtual time where that is possible, until the merchant has no unfinished matters; gives how many it still has.
    async fn finish(&self) -> Option<i64> {
        let until = Instant::now() + if self.is_virtual() { SETTLING } else { FINISHING };
        let mut waited = Duration::ZERO;
        loop {
            // a merchant that does not tell is taken at its last step
            let pending = self.till.show(Operation::Health).await.ok()?.number("pending")?;
            if pending == 0 {
                return None;
            }
            if Instant::now() > until || waited >= LAST_MATTERS {
                return Some(pending);
            }
            if self.is_virtual() {
                self.pass(MATTER_STEP).await.ok()?;
                waited += MATTER_STEP;
            } else {
                sleep(FINISHING_PAUSE).await;
            }
        }
    }

    /// Whether the player is time's master.
    pub(crate) fn is_virtual(&self) -> bool {
        self.now_ms.is_some()
    }

    /// What both clocks show; nothing in real time.
    pub(crate) fn now_ms(&self) -> Option<i64> {
        self.now_ms.as_ref().map(|now| now.load(Ordering::Relaxed))
    }

    /// Waits until nothing is under way; in real time nobody can tell, and nothing is waited for.
    pub(crate) async fn settle(&self) -> Result<(), Trouble> {
        let Some(now) = self.now_ms() else { return Ok(()) };
        let until = Instant::now() + SETTLING;
        let mut pause = FIRST_PAUSE;
        // idle, then nothing that had to be delivered, then still idle: whatever came between would be seen in one of the three
        loop {
            let idle = self.tell(now).await?;
            let ran = self.advance("0s").await?.1;
            if idle && ran == 0 && self.tell(now).await? {
                return Ok(());
            }
            if Instant::now() >= until {
                return Ok(());
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Time passes: everything that falls due on the way runs, at the platform and in the shop.
    pub(crate) async fn pass(&self, span: Duration) -> Result<(), Trouble> {
        let _moving = self.moving.lock().await;
        if !self.is_virtual() {
            return self.advance(&format!("{}ms", span.as_millis())).await.map(|_| ());
        }
        let (stride, mut left) = (stride(span), span);
        while !left.is_zero() {
            let step = left.min(stride);
            left -= step;
            self.step(&format!("{}ms", step.as_millis())).await?;
        }
        Ok(())
    }

    /// Time passes to the next such moment, such as `midnight` (the words of `POST /clock/advance`), in one step for the shop.
    pub(crate) async fn pass_to(&self, moment: &str) -> Result<(), Trouble> {
        let _moving = self.moving.lock().await;
        if self.is_virtual() { self.step(moment).await } else { self.advance(moment).await.map(|_| ()) }
    }

    async fn step(&self, by: &str) -> Result<(), Trouble> {
        let (now, ran) = self.advance(by).await?;
        if let Some(shown) = &self.now_ms {
            shown.store(now, Ordering::Relaxed);
        }
        let idle = self.tell(now).await?;
        if ran == 0 && idle { Ok(()) } else { self.settle().await }
    }

    /// Moves the platform's clock; gives what it shows then and how much ran on the way.
    async fn advance(&self, by: &str) -> Result<(i64, usize), Trouble> {
        let told = self.control.post("/clock/advance", &json!({"by": by})).await?.yes()?;
        let ran = told["ran"].as_array().map_or(0, Vec::len);
        let now = told.pointer("/clock/now_ms").and_then(Value::as_i64);
        Ok((now.ok_or_else(|| Trouble::Broken("the platform's clock shows no `now_ms`".to_owned()))?, ran))
    }

    /// Tells the shop what time it is; gives whether it is idle. A shop that is closed is.
    async fn tell(&self, now_ms: i64) -> Result<bool, Trouble> {
        match self.till.clock(Some(now_ms)).await {
            Ok(told) if told.verdict == Verdict::Yes => Ok(told.number("busy").unwrap_or(0) == 0),
            Ok(told) => Err(told.refused("the merchant's clock can be moved on")),
            Err(Trouble::Broken(_)) if self.merchant.service().is_some_and(|service| !service.is_running()) => Ok(true),
            Err(trouble) => Err(trouble),
        }
    }
}

/// In what steps a span passes: fine enough that what shops ask every few seconds is asked at its time.
pub(crate) fn stride(span: Duration) -> Duration {
    const STEPS: u32 = 120;
    let second = Duration::from_secs(1);
    if span <= second * STEPS { second } else { Duration::from_millis(u64::try_from((span / STEPS).as_millis()).unwrap_or(u64::MAX)) }
}

/// A span as a person says it.
pub(crate) fn spoken(span: Duration) -> String {
    match span.as_millis() {
        ms if ms.is_multiple_of(60_000) => format!("{} min", ms / 60_000),
        ms if ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        ms => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_passes_in_steps_of_a_second_or_in_a_hundred_and_twenty() {
        assert_eq!(stride(Duration::from_secs(75)), Duration::from_secs(1));
        assert_eq!(stride(Duration::from_mins(10)), Duration::from_secs(5));
        assert_eq!(stride(Duration::from_hours(25)), Duration::from_secs(750));
    }

    #[test]
    fn spans_are_spoken_in_the_largest_whole_unit() {
        let spoken = [250, 75_000, 600_000].map(|ms| spoken(Duration::from_millis(ms)));
        assert_eq!(spoken, ["250 ms", "75 s", "10 min"]);
    }
}
