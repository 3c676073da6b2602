//! The machine a figure belongs to, and what of it a process uses: read from `/proc` where there is one, else left out.

use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// What a process uses.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Used {
    /// Processor time since it began.
    pub processor: Duration,
    /// Memory that is resident now, bytes.
    pub resident: u64,
}

/// Where something was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// Processors.
    pub processors: usize,
    /// Their model.
    pub model: String,
    /// Memory, MiB.
    pub memory_mib: u64,
    /// Operating system and kernel.
    pub system: String,
    /// The file system that was written to.
    pub file_system: String,
    /// Load in the minute before the measurement began, hundredths: a busy machine gives other ratios.
    pub load_before_percent: u64,
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

impl Machine {
    /// This one, writing to `folder`.
    pub fn here(folder: &Path) -> Self {
        let model =
            read("/proc/cpuinfo").lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(':')?.1.trim().to_owned()));
        let load = read("/proc/loadavg");
        let (whole, part) = load.split(' ').next().and_then(|load| load.split_once('.')).unwrap_or_default();
        Self {
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            model: model.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            memory_mib: kib(&read("/proc/meminfo"), "MemTotal:") >> 10,
            system: format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease").trim()),
            file_system: file_system(folder),
            load_before_percent: whole.parse().unwrap_or(0) * 100 + part.parse().unwrap_or(0),
        }
    }

    /// A short name for folders, such as `2vcpu-amd-epyc`.
    pub fn name(&self) -> String {
        let plain: String =
            self.model.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { ' ' }).collect();
        let words: Vec<&str> = plain.split(' ').filter(|word| !["", "r", "tm", "cpu", "processor"].contains(word)).take(3).collect();
        format!("{}vcpu-{}", self.processors, words.join("-"))
    }
}

/// The type of the file system below which a folder lies.
fn file_system(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mounts = read("/proc/self/mounts");
    let below = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (place, kind) = (words.next()?, words.next()?);
        folder.starts_with(place).then_some((place.len(), kind))
    });
    below.max_by_key(|(length, _)| *length).map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

fn kib(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// What this process uses: all its threads that are alive.
pub(crate) fn used() -> Used {
    used_in("/proc/self")
}

fn used_in(process: &str) -> Used {
    let threads = std::fs::read_dir(format!("{process}/task")).into_iter().flatten().flatten();
    let nanos = threads.filter_map(|thread| {
        let schedule = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedule.split(' ').next()?.parse::<u64>().ok()
    });
    let processor = Duration::from_nanos(nanos.sum());
    Used { processor, resident: kib(&read(&format!("{process}/status")), "VmRSS:") << 10 }
}

/// What another process uses; nothing when it is not there.
pub fn used_by(process: u32) -> Option<Used> {
    let place = format!("/proc/{process}");
    Path::new(&place).exists().then(|| used_in(&place))
}

/// What a process and all its threads, also those that ended, used since it began; to a hundredth of a second.
pub(crate) fn used_whole(process: u32) -> Option<Used> {
    let place = format!("/proc/{process}");
    let stat = std::fs::read_to_string(format!("{place}/stat")).ok()?;
    // the name in brackets may hold spaces
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    // the kernel tells a hundred ticks a second to programs, whatever it counts itself
    let processor = Duration::from_millis((ticks()? + ticks()?) * 10);
    Some(Used { processor, resident: kib(&read(&format!("{place}/status")), "VmRSS:") << 10 })
}

/// The most memory this process has had resident, bytes.
pub(crate) fn most_resident() -> u64 {
    kib(&read("/proc/self/status"), "VmHWM:") << 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_used_grows_and_one_that_is_not_there_used_nothing() {
        let before = used_whole(std::process::id()).unwrap();
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_millis(50) {
            std::hint::spin_loop();
        }
        let after = used_whole(std::process::id()).unwrap();
        assert!(after.processor >= before.processor && after.resident > 0, "{before:?} {after:?}");
        assert_eq!(used_whole(u32::MAX), None);
    }

    #[test]
    fn a_machine_has_a_name_that_can_be_a_folder() {
        let machine = |model: &str| Machine { processors: 2, model: model.to_owned(), ..Machine::here(Path::new(".")) };
        assert_eq!(machine("Intel(R) Xeon(R) Platinum 8581C CPU @ 2.10GHz").name(), "2vcpu-intel-xeon-platinum");
        assert_eq!(machine("AMD EPYC").name(), "2vcpu-amd-epyc");
    }
}
