//! What is to be played: scenarios of many stories, chosen by tags and in an order made from the seed.

use crate::misread::Misread;
use crate::story::{Scenario, Story};
use crate::tags::Tags;
use crate::{library, story};
use std::path::Path;
use std::sync::Arc;

/// The most story files below a folder.
const FILE_LIMIT: usize = 2_000;
/// How deep folders lie in each other at most.
const DEPTH_LIMIT: usize = 16;

/// Scenarios in the order in which they are begun.
#[derive(Clone, Debug, Default)]
pub struct Playbill(Vec<Entry>);

/// A scenario of a story.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) story: Arc<Story>,
    scenario: usize,
}

impl Entry {
    pub(crate) fn scenario(&self) -> &Scenario {
        &self.story.scenarios[self.scenario]
    }

    /// The line that means this scenario and no other.
    pub(crate) fn line(&self) -> usize {
        let scenario = self.scenario();
        scenario.example.unwrap_or(scenario.place).line
    }

    /// What its sandbox is made from: the same for the same seed wherever it stands in the order.
    pub(crate) fn seed(&self, seed: u64) -> u64 {
        let name = self.story.path.bytes().chain(format!(":{}", self.line()).into_bytes());
        // 48 bits: whole in every reader of JSON
        mixed(name.fold(mixed(seed), |hash, byte| mixed(hash ^ u64::from(byte)))) >> 16
    }
}

impl Playbill {
    /// Everything these names mean: stories of the library or files, with `:LINE` for one scenario; folders; `library` for all of it.
    ///
    /// # Errors
    /// Every fault of every file.
    pub fn open<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, Vec<Misread>> {
        let (mut entries, mut faults) = (Vec::new(), Vec::new());
        for name in names {
            match opened(name) {
                Ok(found) => {
                    for (story, line) in found {
                        let story = Arc::new(story);
                        let meant = line.map(|line| story.at(line));
                        let meant = |scenario: &Scenario| meant.as_ref().is_none_or(|meant| meant.contains(&scenario));
                        let places = (0..story.scenarios.len()).filter(|place| meant(&story.scenarios[*place]));
                        entries.extend(places.map(|scenario| Entry { story: story.clone(), scenario }));
                    }
                }
                Err(wrong) => faults.extend(wrong),
            }
        }
        if faults.is_empty() { Ok(Self(entries)) } else { Err(faults) }
    }

    /// Only what these tags mean.
    #[must_use]
    pub fn only(mut self, tags: &Tags) -> Self {
        self.0.retain(|entry| tags.mean(&entry.scenario().tags));
        self
    }

    /// In an order made from the seed.
    #[must_use]
    pub fn shuffled(mut self, seed: u64) -> Self {
        let mut state = mixed(seed ^ 0x5ca1_ab1e);
        for place in (1..self.0.len()).rev() {
            state = mixed(state);
            let other = usize::try_from(state % (place as u64 + 1)).expect("below the length of a list");
            self.0.swap(place, other);
        }
        self
    }

    /// The scenarios, in their order.
    pub fn scenarios(&self) -> impl Iterator<Item = &Scenario> {
        self.0.iter().map(Entry::scenario)
    }

    /// How many scenarios.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing to play.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.0
    }
}

/// A number that looks nothing like the one it is made from (the last steps of `SplitMix64`).
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

type Opened = Vec<(Story, Option<usize>)>;

fn opened(name: &str) -> Result<Opened, Vec<Misread>> {
    let own = name.trim_end_matches('/');
    let below = own.strip_prefix("library").map_or(own, |rest| rest.trim_start_matches('/'));
    let meant = |path: &str| below.is_empty() || path.strip_prefix(below).is_some_and(|rest| rest.starts_with('/'));
    let mut stories = Vec::new();
    let mut faults = Vec::new();
    let mut take = |read: Result<Story, Vec<Misread>>| match read {
        Ok(story) => stories.push((story, None)),
        Err(wrong) => faults.extend(wrong),
    };
    if !Path::new(own).is_dir() || own.starts_with("library") {
        for (path, _) in library::all().filter(|(path, _)| meant(path)) {
            take(library::story(path));
        }
        if stories.is_empty() && faults.is_empty() {
            return library::open(name).map(|found| vec![found]);
        }
    } else {
        for path in features(Path::new(own), DEPTH_LIMIT) {
            let path = path.to_string_lossy();
            take(crate::misread::read_file(&path, story::BYTE_LIMIT).and_then(|bytes| Story::from_bytes(&path, &bytes)));
        }
        if stories.is_empty() && faults.is_empty() {
            return Err(vec![Misread::whole(name, "no story lies in this folder", Some("stories end in `.feature`".to_owned()))]);
        }
    }
    if faults.is_empty() { Ok(stories) } else { Err(faults) }
}

/// The story files below a folder, in order; links to folders are not followed.
fn features(folder: &Path, depth: usize) -> Vec<std::path::PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let mut found = Vec::new();
    for entry in entries {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth > 0 {
            found.extend(features(&entry.path(), depth - 1));
        } else if !is_folder && entry.path().extension().is_some_and(|ending| ending == "feature") {
            found.push(entry.path());
        }
        if found.len() >= FILE_LIMIT {
            break;
        }
    }
    found.truncate(FILE_LIMIT);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bill: &Playbill) -> Vec<String> {
        bill.entries().iter().map(|entry| format!("{}:{}", entry.story.path, entry.line())).collect()
    }

    #[test]
    fn the_library_a_folder_of_it_a_story_and_a_line_are_opened_by_name() {
        let all = Playbill::open(["library"]).unwrap();
        let folder = Playbill::open(["library/alipay/opening"]).unwrap();
        let one = Playbill::open(["alipay/shop_visit.feature:9"]).unwrap();
        assert!(all.len() > folder.len() && folder.len() >= 2 && one.len() == 1);
        let on_disk = Playbill::open([concat!(env!("CARGO_MANIFEST_DIR"), "/library/alipay/opening")]).unwrap();
        assert_eq!(on_disk.len(), folder.len());
    }

    #[test]
    fn what_means_nothing_is_told_for_every_name() {
        let faults = Playbill::open(["alipay/shop_vist.feature", "/nowhere/at/all.feature"]).unwrap_err();
        assert_eq!(faults.len(), 2);
        assert!(faults[0].to_string().contains("nearest: alipay/shop_visit.feature"), "{}", faults[0]);
    }

    #[test]
    fn the_same_seed_gives_the_same_order_and_another_seed_another() {
        let all = Playbill::open(["library", "library", "library"]).unwrap();
        let order = |seed| names(&all.clone().shuffled(seed));
        assert_eq!(order(7), order(7));
        assert!((1..20).any(|seed| order(seed) != order(7)));
        let (mut sorted, mut shuffled) = (names(&all), order(7));
        sorted.sort();
        shuffled.sort();
        assert_eq!(sorted, shuffled, "nothing is lost or doubled");
    }

    #[test]
    fn a_scenario_has_its_own_seed_wherever_it_stands() {
        let all = Playbill::open(["library"]).unwrap();
        let mut seeds: Vec<u64> = all.entries().iter().map(|entry| entry.seed(7)).collect();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), all.len());
        assert!(seeds.iter().all(|seed| *seed < 1 << 48));
        assert_ne!(all.entries()[0].seed(7), all.entries()[0].seed(8));
    }

    #[test]
    fn tags_choose_among_scenarios() {
        let all = Playbill::open(["library"]).unwrap();
        let chosen = all.clone().only(&Tags::read("@lost-reply").unwrap());
        assert!(!chosen.is_empty() && chosen.len() < all.len());
    }
}
