//! Gets Chromium and its driver: from the machine when they are installed, else from Debian into the build folder.
//!
//! The second way needs no rights: apt fetches the packages and what they lack on this machine into directories of its own,
//! dpkg-deb unpacks them, nothing is installed. Done once for a build folder, within a time limit, and said on the terminal;
//! what cannot be had fails the test with the line to type. Source: UI.md 3.6.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Chromium, what Debian ships beside it, its driver, and a font with Chinese characters.
const PACKAGES: [&str; 4] = ["chromium", "chromium-common", "chromium-driver", "fonts-noto-cjk"];
/// What to do when nothing else helped.
const BY_HAND: &str = "the pages cannot be tried in a browser; install one: sudo apt-get install chromium chromium-driver fonts-noto-cjk";
/// How long lists, packages and unpacking may take, seconds.
const LISTS_SECONDS: u32 = 180;
const PACKAGES_SECONDS: u32 = 900;
const UNPACK_SECONDS: u32 = 120;

/// The two programs and what their environment needs.
pub(crate) struct Programs {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// The programs, fetched first where they are missing.
///
/// # Errors
/// Why they cannot be had, and what to do.
pub(crate) fn programs() -> Result<&'static Programs, &'static str> {
    // what failed once is not tried again by every test
    static FOUND: OnceLock<Result<Programs, String>> = OnceLock::new();
    FOUND.get_or_init(|| find().map_err(|trouble| format!("{BY_HAND}\n{trouble}"))).as_ref().map_err(String::as_str)
}

fn find() -> Result<Programs, String> {
    if let (Some(chromium), Some(chromedriver)) = (on_path("chromium"), on_path("chromedriver")) {
        return Ok(Programs { chromium, chromedriver, variables: Vec::new() });
    }
    let place = build_folder();
    // other runs of the tests wait here
    let one_at_a_time = File::create(place.join(".lock")).expect("the build folder can be written");
    one_at_a_time.lock().expect("the build folder's file system knows locks");
    let (root, stamp) = (place.join("root"), place.join(".unpacked"));
    if !stamp.is_file() {
        let _ = fs::remove_dir_all(&root);
        fetch(&place.join("apt"))?;
        unpack(&place.join("apt"), &root)?;
        let _ = fs::remove_dir_all(place.join("apt"));
    }
    let programs = unpacked(&place, &root);
    if !stamp.is_file() {
        say(&format!("ready: {}", version(&programs)?));
        fs::write(&stamp, "").expect("the build folder can be written");
    }
    Ok(programs)
}

/// The folder for the browser and the pictures it takes.
pub(crate) fn build_folder() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("cargo's folder for tests lies in the build folder");
    let place = target.join("browser");
    fs::create_dir_all(&place).expect("the build folder can be written");
    place
}

/// Has apt fetch the packages with everything they need that this machine does not have.
fn fetch(apt: &Path) -> Result<(), String> {
    say(&format!("no chromium and chromedriver here: fetching {} from Debian into the build folder", PACKAGES.join(", ")));
    let _ = fs::remove_dir_all(apt);
    for folder in ["state/lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(folder)).expect("the build folder can be written");
    }
    let command = |seconds| {
        let mut command = bounded(seconds, "apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "Debug::NoLocking=true", "-o", "APT::Sandbox::User=root"]);
        command.args(["-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30", "-o", "Acquire::Languages=none"]);
        // what is installed is read where it stands; everything that is written goes elsewhere
        command.args(["-o", "Dir::State::status=/var/lib/dpkg/status"]);
        command.arg("-o").arg(format!("Dir::State={}", apt.join("state").display()));
        command.arg("-o").arg(format!("Dir::Cache={}", apt.join("cache").display()));
        command
    };
    let mut update = command(LISTS_SECONDS);
    // other people's sources on this machine may fail; whether Debian's was read shows in the next step
    let updated = said(update.arg("update"));
    let mut install = command(PACKAGES_SECONDS);
    install.args(["install", "--download-only", "--reinstall", "--no-install-recommends", "--yes"]).args(PACKAGES);
    match said(&mut install) {
        Ok(_) => Ok(()),
        Err(trouble) => Err(format!("apt-get update: {}\napt-get install: {trouble}", updated.unwrap_or_else(|trouble| trouble))),
    }
}

/// Unpacks everything that was fetched.
fn unpack(apt: &Path, root: &Path) -> Result<(), String> {
    let archives = fs::read_dir(apt.join("cache/archives")).expect("apt kept its files there").map_while(Result::ok);
    let archives: Vec<PathBuf> =
        archives.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "deb")).collect();
    say(&format!("unpacking {} packages", archives.len()));
    fs::create_dir_all(root).expect("the build folder can be written");
    for archive in archives {
        let mut unpack = bounded(UNPACK_SECONDS, "dpkg-deb");
        said(unpack.arg("--extract").args([archive.as_path(), root])).map_err(|trouble| format!("{}: {trouble}", archive.display()))?;
    }
    Ok(())
}

/// The programs as they lie in the build folder, with libraries and fonts.
fn unpacked(place: &Path, root: &Path) -> Programs {
    let mut libraries = Vec::new();
    for top in ["lib", "usr/lib"] {
        folders_with_libraries(&root.join(top), 3, &mut libraries);
    }
    let fonts = place.join("fonts.conf");
    let lines = format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig>\n<dir>/usr/share/fonts</dir>\n<dir>{}</dir>\n<cachedir>{}</cachedir>\n</fontconfig>\n",
        root.join("usr/share/fonts").display(),
        place.join("fonts").display(),
    );
    fs::write(&fonts, lines).expect("the build folder can be written");
    Programs {
        chromium: root.join("usr/lib/chromium/chromium"),
        chromedriver: root.join("usr/bin/chromedriver"),
        variables: vec![("LD_LIBRARY_PATH", libraries.join(":")), ("FONTCONFIG_FILE", fonts.display().to_string())],
    }
}

/// Debian keeps some libraries in folders of their own, to which programs point by whole paths.
fn folders_with_libraries(folder: &Path, depth: u8, found: &mut Vec<String>) {
    let entries: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().map_while(Result::ok).map(|entry| entry.path()).collect();
    let is_library = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "so") || path.file_name().is_some_and(|name| name.to_string_lossy().contains(".so."))
    };
    if entries.iter().any(is_library) {
        found.push(folder.display().to_string());
    }
    if depth > 0 {
        // links would lead round in circles
        entries.iter().filter(|path| path.is_dir() && !path.is_symlink()).for_each(|path| folders_with_libraries(path, depth - 1, found));
    }
}

/// Tries both programs; what they say of themselves.
fn version(programs: &Programs) -> Result<String, String> {
    let ask = |program: &Path| {
        let asked = said(bounded(30, program.as_os_str()).arg("--version").envs(programs.variables.iter().cloned()));
        asked.map_err(|trouble| format!("{} was unpacked but does not start: {trouble}", program.display()))
    };
    Ok(format!("{}, {}", ask(&programs.chromium)?.trim(), ask(&programs.chromedriver)?.trim()))
}

fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn bounded(seconds: u32, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.arg(seconds.to_string()).arg(program);
    command
}

/// Runs a program to its end: what it said, as an error when it failed.
fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(said) } else { Err(format!("{}\n{said}", output.status)) }
}

/// Says something on the terminal, also while the test harness holds back what tests print: it may take minutes.
fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "browser tests: {what}");
}
