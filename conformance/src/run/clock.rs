//! Whose seconds count: the merchant may go by the clock that the platform shows, which testers stop and move, or by one of its own.
//!
//! Rules about how long something took ask here; whoever compares bare figures of the journal judges merchants wrongly.

use super::{Call, Looker, Run, Sight};
use scenarios::Run as Bundle;
use std::collections::HashSet;
use wire::alipay::timestamp;

/// Timestamps so near to the clock's time are that time.
const SAME_SECOND_MS: i64 = 2_000;

/// The clock by which the merchant writes its timestamps.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MerchantsClock {
    /// The one that the platform shows, virtual or not.
    ThePlatforms,
    /// One of its own, which runs as real time does.
    Own,
    /// Either: no newly signed call tells them apart.
    #[default]
    Untold,
}

/// So many calls that show the platform's time outweigh one that shows the machine's: it came from another part of the merchant.
const OUTWEIGHS: usize = 4;

impl MerchantsClock {
    /// What its calls tell of it. Only once the platform's clock was moved against real time do they tell it apart; a timestamp of
    /// neither clock, such as that of a call which waited on its way, tells nothing.
    pub fn of(run: &Run) -> Self {
        let mut signed: HashSet<&str> = HashSet::new();
        let fresh = run.calls.iter().filter(|call| call.sign.as_deref().is_some_and(|sign| signed.insert(sign)));
        let mut stamped = fresh.filter_map(|call| Some((call, timestamp::parse(call.param("timestamp")?.as_bytes())?))).peekable();
        let Some(&(first, first_stamp)) = stamped.peek() else { return Self::Untold };
        let is_near = |one: i64, other: i64| (one - other).abs() <= SAME_SECOND_MS;
        let (mut shown, mut real) = (0, 0);
        for (call, stamp) in stamped {
            let was_moved = !is_near(call.at_ms - call.real_ms, first.at_ms - first.real_ms);
            if is_near(stamp, call.at_ms) {
                shown += usize::from(was_moved);
            } else {
                real += usize::from(is_near(stamp - call.real_ms, first_stamp - first.real_ms));
            }
        }
        match (shown, real) {
            (0, 0) => Self::Untold,
            (0, _) => Self::Own,
            (shown, real) if shown >= real * OUTWEIGHS => Self::ThePlatforms,
            _ => Self::Untold,
        }
    }

    /// The clock that stamped this call: parts of a merchant may go by another than the rest, such as what it does at night.
    pub fn that_stamped(call: &Call) -> Self {
        let stamp = call.param("timestamp").and_then(|text| timestamp::parse(text.as_bytes()));
        let is_near = |clock: i64| stamp.is_some_and(|stamp| (stamp - clock).abs() <= SAME_SECOND_MS);
        match (is_near(call.at_ms), is_near(call.real_ms)) {
            (true, false) => Self::ThePlatforms,
            (false, true) => Self::Own,
            _ => Self::Untold,
        }
    }

    /// Milliseconds from one call to the other; the fewer, when nobody knows by which clock.
    pub fn between(self, one: &Call, other: &Call) -> i64 {
        let (shown, real) = ((other.at_ms - one.at_ms).abs(), (other.real_ms - one.real_ms).abs());
        match self {
            Self::ThePlatforms => shown,
            Self::Own => real,
            Self::Untold => shown.min(real),
        }
    }
}

/// A scenario in which the player told the merchant what time it is: virtual time, milliseconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scene {
    /// When it began.
    pub began_ms: i64,
    /// When it ended.
    pub ended_ms: i64,
}

/// The scenes of a bundle.
pub(super) fn scenes(bundle: &Bundle) -> Vec<Scene> {
    let scene = |played: &scenarios::run::Played| {
        let began_ms = played.steps.iter().find_map(|step| step.at_ms)?;
        Some(Scene { began_ms, ended_ms: played.ended_ms? })
    };
    bundle.scenarios.iter().filter_map(scene).collect()
}

/// When a bundle ended, real time, milliseconds since 1970.
pub(super) fn ended_ms(bundle: &Bundle, run: &Run) -> i64 {
    let played = bundle.began_ms.map(|began| began.saturating_add(i64::try_from(bundle.took_ms).unwrap_or(i64::MAX)));
    let seen = run.calls.iter().map(|call| call.real_ms).chain(run.deliveries.iter().map(|delivery| delivery.real_ms)).max();
    played.max(seen).unwrap_or_default()
}

/// A moment by both clocks, milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// By the platform's.
    pub(crate) at_ms: i64,
    /// By the machine's.
    pub(crate) real_ms: i64,
}

/// A time in which the merchant's program did not run: it had been killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// When it was killed, virtual time; absent in real time.
    began_at_ms: Option<i64>,
    /// The same, real time.
    pub began_ms: i64,
    /// When it was started again, virtual time.
    ended_at_ms: Option<i64>,
    /// The same, real time; absent when it never was.
    pub ended_ms: Option<i64>,
}

/// The outages that the player made.
pub(super) fn outages(sights: &[Sight]) -> Vec<Outage> {
    let mut outages: Vec<Outage> = Vec::new();
    for sight in sights.iter().filter(|sight| sight.by == Looker::Player) {
        let open = outages.last_mut().filter(|outage| outage.ended_ms.is_none());
        match (sight.asked.as_str(), open) {
            ("kill", None) => outages.push(Outage { began_at_ms: sight.at_ms, began_ms: sight.real_ms, ended_at_ms: None, ended_ms: None }),
            ("start", Some(outage)) => (outage.ended_at_ms, outage.ended_ms) = (sight.at_ms, Some(sight.real_ms)),
            _ => {}
        }
    }
    outages
}

/// The last that the platform's clock showed, milliseconds since 1970.
pub(super) fn shown_until_ms(run: &Run) -> i64 {
    let shown = run.calls.iter().map(|call| call.at_ms).chain(run.deliveries.iter().map(|delivery| delivery.at_ms));
    shown.max().unwrap_or_default()
}

impl Run {
    /// How long the merchant had between two moments, by a clock that it goes by, and while its program ran: the fewer milliseconds,
    /// where nobody knows by which.
    pub(crate) fn had(&self, from: Moment, to: Moment) -> i64 {
        let within = |began: i64, ended: i64, from: i64, to: i64| (ended.min(to) - began.max(from)).max(0);
        let without = |outage: &Outage| within(outage.began_ms, outage.ended_ms.unwrap_or(i64::MAX), from.real_ms, to.real_ms);
        let without_shown = |outage: &Outage| {
            let ended = if outage.ended_ms.is_some() { outage.ended_at_ms } else { Some(i64::MAX) };
            outage.began_at_ms.zip(ended).map_or(0, |(began, ended)| within(began, ended, from.at_ms, to.at_ms))
        };
        let real = to.real_ms - from.real_ms - self.outages.iter().map(without).sum::<i64>();
        let shown = to.at_ms - from.at_ms - self.outages.iter().map(without_shown).sum::<i64>();
        // in a scene the player told the merchant what time it is
        if self.scene_of(from.at_ms).is_some() {
            return shown;
        }
        match self.clock {
            MerchantsClock::Own => real,
            // testers stop the platform's clock, and move it
            MerchantsClock::ThePlatforms | MerchantsClock::Untold => real.min(shown),
        }
    }

    fn scene_of(&self, at_ms: i64) -> Option<&Scene> {
        self.scenes.iter().find(|scene| (scene.began_ms..=scene.ended_ms).contains(&at_ms))
    }

    /// How long the merchant had from a call to another.
    pub(crate) fn between(&self, call: &Call, later: &Call) -> i64 {
        self.had(call.moment(), later.moment())
    }

    /// How long the merchant certainly had after a call until the run was over or somebody ended it.
    pub fn left_after(&self, call: &Call) -> i64 {
        self.left_since(call.moment())
    }

    /// The same after a moment.
    pub(crate) fn left_since(&self, moment: Moment) -> i64 {
        let at_ms = self.scene_of(moment.at_ms).map_or(self.shown_until_ms, |scene| scene.ended_ms);
        self.had(moment, Moment { at_ms, real_ms: self.ended_ms })
    }
}

impl Call {
    pub(crate) fn moment(&self) -> Moment {
        Moment { at_ms: self.at_ms, real_ms: self.real_ms }
    }
}
