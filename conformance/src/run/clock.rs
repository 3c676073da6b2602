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

impl MerchantsClock {
    /// What its calls tell of it.
    pub fn of(run: &Run) -> Self {
        let mut signed: HashSet<&str> = HashSet::new();
        let fresh = run.calls.iter().filter(|call| call.sign.as_deref().is_some_and(|sign| signed.insert(sign)));
        let stamped = fresh.filter_map(|call| Some((call, timestamp::parse(call.param("timestamp")?.as_bytes())?)));
        let mut ahead_at_first = None;
        let mut found = Self::Untold;
        for (call, stamped) in stamped {
            if (stamped - call.at_ms).abs() > SAME_SECOND_MS {
                return Self::Own;
            }
            let ahead = call.at_ms - call.real_ms;
            if (ahead - *ahead_at_first.get_or_insert(ahead)).abs() > SAME_SECOND_MS {
                found = Self::ThePlatforms;
            }
        }
        found
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

impl Run {
    /// How long after a call another came, by a clock that the merchant goes by.
    pub(crate) fn between(&self, call: &Call, later: &Call) -> i64 {
        self.since(call.at_ms, call.real_ms, later)
    }

    /// The same after a moment, said in virtual and in real time.
    pub(crate) fn since(&self, at_ms: i64, real_ms: i64, later: &Call) -> i64 {
        let virtual_time = self.scenes.iter().any(|scene| (scene.began_ms..=scene.ended_ms).contains(&at_ms));
        if virtual_time { later.at_ms - at_ms } else { later.real_ms - real_ms }
    }

    /// How long the merchant certainly had after a call, by a clock that it goes by, until the run was over or somebody ended it.
    pub fn left_after(&self, call: &Call) -> i64 {
        self.left_since(call.at_ms, call.real_ms)
    }

    /// The same after a moment, said in virtual and in real time.
    pub(crate) fn left_since(&self, at_ms: i64, real_ms: i64) -> i64 {
        let by_player = |what: &'static str| self.sights.iter().filter(move |sight| sight.by == Looker::Player && sight.asked == what);
        let ended_for_good = |kill: &&Sight| kill.real_ms >= real_ms && !by_player("start").any(|start| start.real_ms >= kill.real_ms);
        let killed = by_player("kill").find(ended_for_good);
        if let Some(scene) = self.scenes.iter().find(|scene| (scene.began_ms..=scene.ended_ms).contains(&at_ms)) {
            return killed.and_then(|kill| kill.at_ms).unwrap_or(scene.ended_ms) - at_ms;
        }
        let real = killed.map_or(self.ended_ms, |kill| kill.real_ms) - real_ms;
        // nobody told the merchant the time: it may go by the platform's clock, which testers stop
        let shown = self.calls.iter().map(|call| call.at_ms).chain(self.deliveries.iter().map(|delivery| delivery.at_ms)).max();
        match self.clock {
            MerchantsClock::Own => real,
            MerchantsClock::ThePlatforms | MerchantsClock::Untold => real.min(shown.unwrap_or(at_ms) - at_ms),
        }
    }
}
