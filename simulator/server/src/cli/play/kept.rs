//! Keeping runs: one file for one scenario, a folder with a file for each of several.

use crate::cli::terminal::talk;
use crate::exit::Ended;
use scenarios::Run;
use std::path::Path;

/// Writes the runs.
pub(super) fn keep(path: &Path, runs: &[Run]) -> Result<(), Ended> {
    let wrong = |path: &Path, error: std::io::Error| Ended::usage(format!("{}: {error}", path.display()));
    let write = |path: &Path, run: &Run| std::fs::write(path, run.to_json()).map_err(|error| wrong(path, error));
    match runs {
        [run] if !path.is_dir() => write(path, run)?,
        runs => {
            std::fs::create_dir_all(path).map_err(|error| wrong(path, error))?;
            for (number, run) in runs.iter().enumerate() {
                write(&path.join(format!("{:03}-{}.json", number + 1, name_of(run))), run)?;
            }
        }
    }
    talk(&format!("kept in {}", path.display()));
    Ok(())
}

/// A run's story as part of a file's name.
fn name_of(run: &Run) -> String {
    let file = run.story.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".feature");
    let line = run.scenarios.first().map_or(0, |scenario| scenario.place.line);
    let plain: String =
        file.chars().map(|character| if character.is_alphanumeric() || character == '-' { character } else { '_' }).collect();
    format!("{plain}-{line}")
}
