//! The sample merchant in Node, with the official SDK: unpacked, its SDK installed once, started as a process of its own.
//!
//! The program is compiled in, so that the binary needs no source tree; what it needs from the package registry is installed into
//! the build folder when the binary lies in one, else into the user's temporary folder. Where Node or the registry is missing this
//! says so, and the caller takes the built-in merchant.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How long the installation may take.
const INSTALL_LIMIT: Duration = Duration::from_mins(2);
/// How long the program may take to listen.
const START_LIMIT: Duration = Duration::from_secs(20);

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        /// The program's files by name.
        const FILES: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("../../../fixtures/merchants/node/", $name)))),+];
    };
}

files!(
    "cards.mjs",
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

/// A running Node merchant. It ends when this is dropped.
pub(crate) struct NodeMerchant {
    _process: Child,
    /// Its till API.
    pub(crate) address: String,
}

/// What the merchant needs to know.
pub(crate) struct Account<'a> {
    pub(crate) gateway: &'a str,
    pub(crate) app_id: &'a str,
    pub(crate) private_key: &'a str,
    pub(crate) platform_key: &'a str,
}

impl NodeMerchant {
    /// Installs the program when that was not done before, and starts it with its books in `state`.
    ///
    /// # Errors
    /// Why there is no Node merchant here, in words for the person at the terminal.
    pub(crate) async fn start(account: &Account<'_>, state: &Path) -> Result<Self, String> {
        let folder = install().await?;
        let mut process = Command::new("node")
            .arg("main.mjs")
            .current_dir(&folder)
            .env("ALIPAY_GATEWAY", account.gateway)
            .env("ALIPAY_APP_ID", account.app_id)
            .env("ALIPAY_APP_PRIVATE_KEY", account.private_key)
            .env("ALIPAY_PUBLIC_KEY", account.platform_key)
            .env("MERCHANT_STATE", state)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("node cannot be started ({error})"))?;
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let first = tokio::time::timeout(START_LIMIT, lines.next_line()).await.map_err(|_| "it did not say where it listens".to_owned())?;
        let said = first.ok().flatten().ok_or_else(|| "it ended before it listened".to_owned())?;
        let said: Value = serde_json::from_str(&said).map_err(|_| format!("it said `{said}` instead of where it listens"))?;
        let address = said["address"].as_str().ok_or_else(|| "it did not say where it listens".to_owned())?.to_owned();
        Ok(Self { _process: process, address })
    }
}

/// Unpacks the program and installs the SDK; gives the folder.
async fn install() -> Result<PathBuf, String> {
    let version = Command::new("node").arg("--version").output().await.map_err(|_| "Node is not installed".to_owned())?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major: u32 = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < 18 {
        return Err(format!("Node {version} is too old, the official SDK needs 18.20"));
    }
    let folder = place().join(format!("node-merchant-{}", env!("CARGO_PKG_VERSION")));
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

/// The build folder when the binary lies in one, else the temporary folder.
fn place() -> PathBuf {
    let binary = std::env::current_exe().unwrap_or_default();
    let build = binary.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "target"));
    build.map_or_else(|| std::env::temp_dir().join("kabao"), Path::to_owned)
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
