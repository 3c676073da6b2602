//! The notices that wait, by when they are due and by where they go: a line for each target, and the heads of all lines.
//!
//! An index over rows, made anew from them; what is due first is found without looking at those that wait behind it.

use crate::moment::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// When a notice is due, and its row: the order in which notices go.
type Turn = (Moment, u32);

/// The waiting notices of a sandbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting {
    all: BTreeSet<Turn>,
    lines: BTreeMap<String, BTreeSet<Turn>>,
    heads: BTreeSet<Turn>,
}

impl Waiting {
    pub(crate) fn enter(&mut self, turn: Turn, target: &str) {
        self.all.insert(turn);
        if !self.lines.contains_key(target) {
            self.lines.insert(target.to_owned(), BTreeSet::new());
        }
        self.change(target, |line| line.insert(turn));
    }

    pub(crate) fn leave(&mut self, turn: Turn, target: &str) {
        self.all.remove(&turn);
        self.change(target, |line| line.remove(&turn));
    }

    fn change(&mut self, target: &str, change: impl FnOnce(&mut BTreeSet<Turn>) -> bool) {
        let Some(line) = self.lines.get_mut(target) else { return };
        let before = line.first().copied();
        change(line);
        let after = line.first().copied();
        if line.is_empty() {
            self.lines.remove(target);
        }
        if before != after {
            before.map(|head| self.heads.remove(&head));
            after.map(|head| self.heads.insert(head));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// All of them, first due first.
    pub(crate) fn all(&self) -> impl Iterator<Item = Turn> {
        self.all.iter().copied()
    }

    /// The first of every target, first due first.
    pub(crate) fn heads(&self) -> impl Iterator<Item = Turn> {
        self.heads.iter().copied()
    }

    /// Those that go to one target, first due first.
    pub(crate) fn line(&self, target: &str) -> impl Iterator<Item = Turn> {
        self.lines.get(target).into_iter().flatten().copied()
    }
}

/// Where an address leads, as `host:port`, or as it stands when it is none: notices to one target wait for one another.
pub fn target_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let has_port = place.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    if has_port { place } else { format!("{}:{port}", place.trim_end_matches(':')) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_host_and_port_whatever_else_the_address_says() {
        for (url, target) in [
            ("http://127.0.0.1:8700/notify?x=1", "127.0.0.1:8700"),
            ("http://Shop.Example/notify", "shop.example:80"),
            ("https://me:secret@shop.example?x", "shop.example:443"),
            ("http://[::1]/a", "[::1]:80"),
            ("http://[::1]:81/a", "[::1]:81"),
            ("http://a:", "a:80"),
            ("", ":80"),
        ] {
            assert_eq!(target_of(url), target, "{url}");
        }
    }

    #[test]
    fn heads_are_always_the_first_of_every_line() {
        let mut seed = 7_u64;
        let (mut waiting, mut plain) = (Waiting::default(), BTreeSet::new());
        for step in 0..5_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (row, due) = (u32::try_from(seed >> 60).unwrap(), Moment(i64::try_from((seed >> 40) & 7).unwrap()));
            let target = format!("t{}", row % 3);
            let turn = (due, row);
            if plain.remove(&turn) {
                waiting.leave(turn, &target);
            } else {
                plain.insert(turn);
                waiting.enter(turn, &target);
            }
            let mut heads: Vec<Turn> = (0..3).filter_map(|line| plain.iter().find(|(_, row)| row % 3 == line).copied()).collect();
            heads.sort_unstable();
            assert_eq!(waiting.heads().collect::<Vec<_>>(), heads, "seed 7, step {step}");
            assert_eq!(waiting.all().collect::<Vec<_>>(), plain.iter().copied().collect::<Vec<_>>());
            let line: Vec<Turn> = plain.iter().copied().filter(|(_, row)| row % 3 == 1).collect();
            assert_eq!(waiting.line("t1").collect::<Vec<_>>(), line);
        }
    }
}
