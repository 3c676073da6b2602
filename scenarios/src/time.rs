//! A story's time. Where the merchant can be told what time it is, the player is time's master: the platform's clock and the
//! shop's stand still until a step or a bound moves both on, so that 75 s of waiting take a moment and every run meets the same
//! times. Elsewhere time is real, and a bound counts real time.
//!
//! Moving: both say when the next thing is due with them, and time goes there at once; where one of them does not say, it goes in
//! steps. Each time the platform drains what falls due, answers of the merchant included, then the shop is told the new moment, then
//! both are waited for until nothing is under way. Network time-outs stay real time.

use crate::control::Control;
use crate::merchant::{Merchant, Operation, Till, Verdict};
use crate::stage::Trouble;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// When stories begin in sandboxes of their own, China time: a working day, far from midnight.
pub(crate) const MORNING: &str = "2026-11-21 10:00:00";
/// How often is looked until nothing is under way, some ten seconds on a machine that has nothing else to do. Then the story goes on
/// as it is. Looks are counted, not seconds: a machine that stops us for a while stops the merchant too.
const LOOKS: usize = 400;
/// How long the merchant may take to finish after the last step: real time.
const FINISHING: Duration = Duration::from_secs(3);
/// How long both may take to let their clocks run again.
const LETTING_GO: Duration = Duration::from_secs(5);
const FINISHING_PAUSE: Duration = Duration::from_millis(20);
/// The same in virtual time: a merchant that asks every few seconds for a minute or two is done by then.
const LAST_MATTERS: Duration = Duration::from_mins(4);
/// How far before what the platform has to do time stops, so that both clocks show the same.
const MOMENT: Duration = Duration::from_millis(1);
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
    /// When the platform, as it said last, has something to do.
    platforms_next: Mutex<Next>,
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
            platforms_next: Mutex::new(Next::Unknown),
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
        let until = Instant::now() + FINISHING;
        let mut left = LAST_MATTERS;
        loop {
            // a merchant that does not tell is taken at its last step
            let pending = self.till.show(Operation::Health).await.ok()?.number("pending")?;
            if pending == 0 {
                return None;
            }
            let is_over = if self.is_virtual() { left.is_zero() } else { Instant::now() > until };
            if is_over {
                return Some(pending);
            }
            if self.is_virtual() {
                left = self.pass_some(LAST_MATTERS, left).await.ok()?;
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
        if let Some(now) = self.now_ms() {
            self.quiet(now).await?;
        }
        Ok(())
    }

    /// Waits until nothing is under way at this moment; gives what the shop said then.
    async fn quiet(&self, now: i64) -> Result<Heard, Trouble> {
        let mut pause = FIRST_PAUSE;
        let mut looks = 0;
        // idle, then nothing that had to be delivered, then still idle: whatever came between would be seen in one of the three
        loop {
            let idle = self.tell(now).await?.idle;
            let ran = self.advance("0s").await?.ran;
            let shop = self.tell(now).await?;
            looks += 1;
            if (idle && ran == 0 && shop.idle) || looks == LOOKS {
                return Ok(shop);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Time passes: everything that falls due on the way runs, at the platform and in the shop.
    pub(crate) async fn pass(&self, span: Duration) -> Result<(), Trouble> {
        let _moving = self.moving.lock().await;
        let Some(mut shop) = self.shop_now().await? else { return self.advance(&in_ms(span)).await.map(|_| ()) };
        let mut left = span;
        while !left.is_zero() {
            (left, shop) = self.go(span, left, shop).await?;
        }
        Ok(())
    }

    /// So much of what is left of a span passes that the next thing that is due has happened, or a step where nobody says when that
    /// is; gives what is left then. Only where the player is time's master.
    pub(crate) async fn pass_some(&self, span: Duration, left: Duration) -> Result<Duration, Trouble> {
        let _moving = self.moving.lock().await;
        let Some(shop) = self.shop_now().await? else { return Ok(Duration::ZERO) };
        Ok(self.go(span, left, shop).await?.0)
    }

    /// What the shop says before time moves on: whoever looked at something may have set it to work, and that is waited for.
    async fn shop_now(&self) -> Result<Option<Heard>, Trouble> {
        let Some(now) = self.now_ms() else { return Ok(None) };
        let shop = self.tell(now).await?;
        Ok(Some(if shop.idle { shop } else { self.quiet(now).await? }))
    }

    /// One step towards the end of a span, as far as the shop and the platform have nothing to do before; gives what is left of it
    /// and what the shop says then.
    async fn go(&self, span: Duration, left: Duration, shop: Heard) -> Result<(Duration, Heard), Trouble> {
        let Some(now) = self.now_ms() else { return Ok((Duration::ZERO, shop)) };
        let step = self.platforms_next().step(now, stride(span)).min(shop.next.step(now, stride(span))).min(left);
        let there = now.saturating_add(i64::try_from(step.as_millis()).unwrap_or(i64::MAX));
        // what the platform then sends meets a shop whose clock shows the same time as its own: both stand just before it
        let before = step.saturating_sub(MOMENT);
        let stops = self.platforms_next().is_by(there) && !before.is_zero();
        if stops {
            self.leg(before).await?;
        }
        let shop = self.leg(if stops { MOMENT } else { step }).await?;
        Ok((left.saturating_sub(step), shop))
    }

    /// Both clocks move, first the platform's; gives what the shop says when nothing is under way any more.
    async fn leg(&self, step: Duration) -> Result<Heard, Trouble> {
        let went = self.moved(&in_ms(step)).await?;
        let shop = self.tell(went.now).await?;
        if went.ran == 0 && shop.idle { Ok(shop) } else { self.quiet(went.now).await }
    }

    /// Time passes to the next such moment, such as `midnight` (the words of `POST /clock/advance`), in one step for the shop.
    pub(crate) async fn pass_to(&self, moment: &str) -> Result<(), Trouble> {
        let _moving = self.moving.lock().await;
        let went = self.moved(moment).await?;
        if self.is_virtual() {
            let shop = self.tell(went.now).await?;
            if went.ran > 0 || !shop.idle {
                self.quiet(went.now).await?;
            }
        }
        Ok(())
    }

    /// Moves the platform's clock, which is also the play's where the player is time's master.
    async fn moved(&self, by: &str) -> Result<Went, Trouble> {
        let went = self.advance(by).await?;
        if let Some(shown) = &self.now_ms {
            shown.store(went.now, Ordering::Relaxed);
        }
        Ok(went)
    }

    fn platforms_next(&self) -> Next {
        *self.platforms_next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the platform's clock.
    async fn advance(&self, by: &str) -> Result<Went, Trouble> {
        let told = self.control.post("/clock/advance", &json!({"by": by})).await?.yes()?;
        let ran = told["ran"].as_array().map_or(0, Vec::len);
        let now = told.pointer("/clock/now_ms").and_then(Value::as_i64);
        let now = now.ok_or_else(|| Trouble::Broken("the platform's clock shows no `now_ms`".to_owned()))?;
        *self.platforms_next.lock().unwrap_or_else(PoisonError::into_inner) = Next::of(told.get("next_ms"));
        Ok(Went { now, ran })
    }

    /// Tells the shop what time it is. One that is closed is idle, and waits for nothing.
    async fn tell(&self, now_ms: i64) -> Result<Heard, Trouble> {
        match self.till.clock(Some(now_ms)).await {
            Ok(told) if told.verdict == Verdict::Yes => {
                Ok(Heard { idle: told.number("busy").unwrap_or(0) == 0, next: Next::of(told.results.get("next_ms")) })
            }
            Ok(told) => Err(told.refused("the merchant's clock can be moved on")),
            Err(Trouble::Broken(_)) if self.merchant.service().is_some_and(|service| !service.is_running()) => {
                Ok(Heard { idle: true, next: Next::Never })
            }
            Err(trouble) => Err(trouble),
        }
    }
}

/// The platform's clock after it was moved.
struct Went {
    now: i64,
    /// How much ran on the way.
    ran: usize,
}

/// What the shop said when it was told the time.
#[derive(Clone, Copy)]
struct Heard {
    idle: bool,
    next: Next,
}

/// When the next thing is due that waits for time to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Milliseconds since 1970.
    At(i64),
    /// Nothing waits.
    Never,
    /// That is not told.
    Unknown,
}

impl Next {
    fn of(told: Option<&Value>) -> Self {
        match told {
            Some(Value::Null) => Self::Never,
            Some(at) => at.as_i64().map_or(Self::Unknown, Self::At),
            None => Self::Unknown,
        }
    }

    fn is_by(self, moment: i64) -> bool {
        matches!(self, Self::At(at) if at <= moment)
    }

    /// How far time may go from `now` at once: to the next thing, or a `stride` where that is not known. What is due sooner comes at
    /// the end of a stride, so that a span has so many steps at most.
    fn step(self, now: i64, stride: Duration) -> Duration {
        match self {
            Self::At(at) => Duration::from_millis(at.saturating_sub(now).max(0).unsigned_abs()).max(stride),
            Self::Never => Duration::MAX,
            Self::Unknown => stride,
        }
    }
}

fn in_ms(span: Duration) -> String {
    format!("{}ms", span.as_millis())
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
