//! Recorded runs, read from files and folders in the order of their names, and kept there.

use crate::exit::Ended;
use scenarios::Run;
use std::path::{Path, PathBuf};

/// The most files that are read from folders.
const FILES: usize = 10_000;

/// Every run that these paths name.
///
/// # Errors
/// A path that cannot be read, a file that is no recorded run, a folder without any.
pub(super) fn all(paths: &[PathBuf]) -> Result<Vec<Run>, Ended> {
    let mut runs = Vec::new();
    for path in paths {
        if path.is_dir() {
            let files = files(path)?;
            if files.is_empty() {
                return Err(wrong(path, "no recorded run (*.json) in this folder"));
            }
            for file in files {
                runs.push(one(&file)?);
            }
        } else {
            runs.push(one(path)?);
        }
    }
    Ok(runs)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Ended> {
    let entries = std::fs::read_dir(folder).map_err(|error| wrong(folder, error))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.extension().is_some_and(|end| end == "json"));
    let mut paths: Vec<PathBuf> = paths.take(FILES + 1).collect();
    if paths.len() > FILES {
        return Err(wrong(folder, format!("more than {FILES} recorded runs")));
    }
    paths.sort();
    Ok(paths)
}

fn one(path: &Path) -> Result<Run, Ended> {
    let text = std::fs::read_to_string(path).map_err(|error| wrong(path, error))?;
    Run::from_json(&text).map_err(|error| wrong(path, error))
}

/// Keeps runs in a folder, in the order they were played in.
///
/// # Errors
/// The folder cannot be made or written to.
pub(super) fn keep(folder: &Path, runs: &[Run]) -> Result<(), Ended> {
    std::fs::create_dir_all(folder).map_err(|error| wrong(folder, error))?;
    for (number, run) in runs.iter().enumerate() {
        let path = folder.join(format!("{:03}.json", number + 1));
        std::fs::write(&path, run.to_json()).map_err(|error| wrong(&path, error))?;
    }
    Ok(())
}

fn wrong(path: &Path, error: impl std::fmt::Display) -> Ended {
    Ended::usage(format!("{}: {error}", path.display()))
}
