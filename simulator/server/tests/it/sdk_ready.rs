//! Makes other people's SDKs ready in the build folder, once for each lock file, and runs programs with a time-out.
//!
//! What is missing on the machine is named with the Debian package that brings it. Nothing is installed outside the build
//! folder, and nothing of an SDK is changed. The programs and their lock files are in `fixtures/judges` and `fixtures/merchants`.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long an installation may take.
const INSTALL_LIMIT: Duration = Duration::from_mins(5);
/// Settings that would send requests for this machine elsewhere.
const PROXIES: [&str; 6] = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// The folder `fixtures/`.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").canonicalize().expect("fixtures stand beside simulator")
}

/// A copy of a Node program with its dependencies; `folder` is under `fixtures/`.
pub(crate) fn node_program(folder: &str) -> PathBuf {
    let (source, place) = (fixtures().join(folder), build_folder(folder));
    let lock = fs::read(source.join("package-lock.json")).expect("the lock file is there");
    let _one_at_a_time = hold(&place);
    copy(&source, &place);
    once(&place, &lock, || {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&place);
        let installed = run(npm, INSTALL_LIMIT, "npm is missing: sudo apt-get install nodejs npm");
        assert!(installed.status.success(), "npm ci in {} failed:\n{}", place.display(), installed.said());
    });
    place
}

/// A Python that has what `fixtures/<folder>/requirements.txt` names: the program and the variables it needs.
pub(crate) fn python_with(folder: &str) -> (PathBuf, Vec<(String, String)>) {
    let requirements = fixtures().join(folder).join("requirements.txt");
    let place = build_folder(folder);
    let _one_at_a_time = hold(&place);
    let (environment, packages) = (place.join("venv"), place.join("packages"));
    once(&place, &fs::read(&requirements).expect("the requirements are there"), || {
        let _ = fs::remove_dir_all(&environment);
        let _ = fs::remove_dir_all(&packages);
        install_python(&environment, &packages, &requirements);
    });
    let quiet = ("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned());
    if packages.is_dir() {
        return (PathBuf::from("python3"), vec![quiet, ("PYTHONPATH".to_owned(), packages.display().to_string())]);
    }
    (environment.join("bin/python"), vec![quiet])
}

/// An own environment if Python can make one (Debian's needs python3-venv for that), else a folder of packages.
fn install_python(environment: &Path, packages: &Path, requirements: &Path) {
    let no_python = "python3 is missing: sudo apt-get install python3 python3-venv";
    let path = |path: &Path| path.display().to_string();
    let environment_by = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).arg(environment);
        command
    };
    let made = run(environment_by("python3", &["-m", "venv"]), INSTALL_LIMIT, no_python).status.success()
        || which("virtualenv") && run(environment_by("virtualenv", &["--python=python3"]), INSTALL_LIMIT, no_python).status.success();
    let mut pip = if made {
        Command::new(environment.join("bin/python"))
    } else {
        let _ = fs::remove_dir_all(environment);
        let mut ask = Command::new("python3");
        ask.args(["-m", "pip", "--version"]);
        let has_pip = run(ask, INSTALL_LIMIT, no_python).status.success();
        assert!(has_pip, "python3 has neither venv nor pip, so the Python SDKs cannot be installed: sudo apt-get install python3-venv");
        Command::new("python3")
    };
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--requirement", &path(requirements)]);
    if !made {
        pip.args(["--target", &path(packages)]);
    }
    let installed = run(pip, INSTALL_LIMIT, no_python);
    assert!(installed.status.success(), "pip could not install {}:\n{}", requirements.display(), installed.said());
}

/// What a program said before it ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Ended {
    /// Everything it said.
    pub(crate) fn said(&self) -> String {
        format!("{}\n{}\n{}", self.status, self.output, self.errors)
    }
}

/// Runs a program to its end; one that takes longer than `limit` is killed and fails the test. `missing` says what to do
/// when there is no such program.
pub(crate) fn run(mut command: Command, limit: Duration, missing: &str) -> Ended {
    let mut child = match command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => panic!("{missing} ({command:?}: {error})"),
    };
    let output = collected(child.stdout.take().expect("piped"));
    let errors = collected(child.stderr.take().expect("piped"));
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            break Some(status);
        }
        if begun.elapsed() > limit {
            break None;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let text = |said: std::thread::JoinHandle<Vec<u8>>| String::from_utf8_lossy(&said.join().expect("reading does not fail")).into_owned();
    let (output, errors) = (text(output), text(errors));
    let Some(status) = status else { panic!("{command:?} took longer than {} s:\n{output}\n{errors}", limit.as_secs()) };
    Ended { status, output, errors }
}

/// A command that reaches this machine's own addresses whatever proxy the user has.
pub(crate) fn direct(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in PROXIES {
        command.env_remove(name);
    }
    command
}

fn collected(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        let _ = pipe.read_to_end(&mut all);
        all
    })
}

fn build_folder(folder: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk").join(folder);
    fs::create_dir_all(&place).expect("the build folder can be written");
    place
}

/// Keeps other tests and other test runs out until it is dropped.
fn hold(place: &Path) -> File {
    let file = File::create(place.join(".lock")).expect("the build folder can be written");
    file.lock().expect("the build folder's file system knows locks");
    file
}

/// Runs `install` unless it succeeded before for this very lock file.
fn once(place: &Path, lock: &[u8], install: impl FnOnce()) {
    let mut digest = DefaultHasher::new();
    (lock, place).hash(&mut digest);
    let (stamp, wanted) = (place.join(".installed"), format!("{:016x}", digest.finish()));
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return;
    }
    let _ = fs::remove_file(&stamp);
    install();
    fs::write(&stamp, wanted).expect("the build folder can be written");
}

/// Copies a program's own files, without what it installed beside itself.
fn copy(source: &Path, place: &Path) {
    for entry in fs::read_dir(source).expect("the program is there").map_while(Result::ok) {
        let (from, to) = (entry.path(), place.join(entry.file_name()));
        if entry.file_name() == "node_modules" {
            continue;
        }
        if from.is_dir() {
            fs::create_dir_all(&to).expect("the build folder can be written");
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("the build folder can be written");
        }
    }
}

fn which(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
