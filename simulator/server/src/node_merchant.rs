//! The sample merchant in Node, with the official SDK: unpacked, its SDK installed once, described for whoever starts it.
//!
//! The program is compiled in, so that the binary needs no source tree; what it needs from the package registry is installed into
//! the build folder. Where Node or the registry is missing this says so.

use crate::build_folder::build_folder;
use scenarios::merchant::Description;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How long the installation may take.
const INSTALL_LIMIT: Duration = Duration::from_mins(2);

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        /// The program's files by name.
        const FILES: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("../../../fixtures/merchants/node/", $name)))),+];
    };
}

files!(
    "cards.mjs",
    "certificates.mjs",
    "china_time.mjs",
    "clock.mjs",
    "code_key.pem",
    "codes.mjs",
    "config.mjs",
    "counter.mjs",
    "desk.mjs",
    "fast_flow.mjs",
    "fields.mjs",
    "gateway_check.mjs",
    "images/background.png",
    "images/logo.png",
    "joining.mjs",
    "main.mjs",
    "members.mjs",
    "merchant.toml",
    "money.mjs",
    "notices.mjs",
    "package-lock.json",
    "package.json",
    "page.mjs",
    "paying.mjs",
    "platform.mjs",
    "points.mjs",
    "programme.mjs",
    "provider.mjs",
    "refunds.mjs",
    "sales.mjs",
    "shop.mjs",
    "signed_form.mjs",
    "store.mjs",
    "web.mjs",
);

/// Installs the program when that was not done before, and says how it is started and driven.
///
/// # Errors
/// Why there is no Node merchant here, in words for the person at the terminal.
pub(crate) async fn description() -> Result<Description, String> {
    let file = install().await?.join("merchant.toml");
    Description::open(&file.to_string_lossy()).map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// Unpacks the program and installs the SDK; gives the folder.
async fn install() -> Result<PathBuf, String> {
    let version = Command::new("node").arg("--version").output().await.map_err(|_| "Node is not installed".to_owned())?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major: u32 = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < 18 {
        return Err(format!("Node {version} is too old, the official SDK needs 18.20"));
    }
    let folder = build_folder().join(format!("node-merchant-{}", env!("CARGO_PKG_VERSION")));
    unpack(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if folder.join("node_modules/.package-lock.json").exists() {
        return Ok(folder);
    }
    let npm = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    match tokio::time::timeout(INSTALL_LIMIT, npm).await {
        Err(_) => Err(format!("npm did not install the official SDK within {} s", INSTALL_LIMIT.as_secs())),
        Ok(Err(_)) => Err("npm is not installed".to_owned()),
        Ok(Ok(done)) if done.status.success() => Ok(folder),
        Ok(Ok(done)) => {
            let said = String::from_utf8_lossy(&done.stderr);
            Err(format!("npm could not install the official SDK: {}", said.lines().next().unwrap_or_default()))
        }
    }
}

fn unpack(folder: &Path) -> std::io::Result<()> {
    for (name, content) in FILES {
        let path = folder.join(name);
        if std::fs::read(&path).is_ok_and(|there| there == *content) {
            continue;
        }
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))?;
        std::fs::write(path, content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_program_is_compiled_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/merchants/node");
        let mut there = Vec::new();
        for (below, prefix) in [(folder.clone(), ""), (folder.join("images"), "images/")] {
            for entry in std::fs::read_dir(below).unwrap() {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                if entry.file_type().unwrap().is_file() && name != "README.md" && !name.starts_with("merchant-state") {
                    there.push(format!("{prefix}{name}"));
                }
            }
        }
        there.sort();
        let compiled: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(compiled, there, "name every file of the program in `files!`, sorted");
    }
}
