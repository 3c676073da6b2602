//! The key store: private halves of the keys that applications and the platform sign with, found by their public halves.
//!
//! Kept as PEM files under the data directory (mode 0600), in memory without one. Seeded and throw-away sandboxes take theirs
//! from the published pool of test keys and keep nothing. Parsed keys are cached: parsing costs half a signature.

use crate::sandbox::Sandbox;
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use wire::keys::{SigningKey, VerifyingKey};
use wire::pool;
use world::merchant::App;
use world::names::AppId;

/// Why a key could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyTrouble {
    /// The machine could not make one.
    #[error("a key could not be made: {0}")]
    Making(String),
    /// A file could not be read or written.
    #[error("key file {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the machine said.
        cause: String,
    },
    /// The text is no key.
    #[error("not a usable key: {0}")]
    Unusable(String),
}

/// The most parsed keys that are remembered.
const CACHE_LIMIT: usize = 8_192;

/// Length of a fingerprint in a file's name.
const FINGERPRINT: usize = 16;

/// Keys by the Base64 text of their public half.
pub struct KeyStore {
    folder: Option<PathBuf>,
    signing: Mutex<HashMap<String, SigningKey>>,
    verifying: Mutex<HashMap<String, VerifyingKey>>,
}

impl KeyStore {
    /// A store in `folder`, which is made when missing; in memory without one.
    ///
    /// # Errors
    /// [`KeyTrouble::File`] when the folder cannot be made.
    pub fn open(folder: Option<PathBuf>) -> Result<Self, KeyTrouble> {
        if let Some(path) = &folder {
            std::fs::create_dir_all(path).map_err(|error| trouble(path, &error))?;
        }
        Ok(Self { folder, signing: Mutex::default(), verifying: Mutex::default() })
    }

    /// Makes a new key and keeps it; about a tenth of a second of work.
    ///
    /// # Errors
    /// [`KeyTrouble`] when it cannot be made or kept.
    pub fn make(&self) -> Result<SigningKey, KeyTrouble> {
        let key = SigningKey::generate().map_err(|error| KeyTrouble::Making(error.to_string()))?;
        self.keep(&key)?;
        Ok(key)
    }

    /// Keys for an application that replaces its own, by their public halves: from the pool in a sandbox with published keys, so
    /// that they are ready at once and the same for the same seed.
    ///
    /// # Errors
    /// As [`Self::make`].
    pub fn fresh(&self, sandbox: &Sandbox, app: &App, count: usize) -> Result<Vec<String>, KeyTrouble> {
        let used: Vec<String> = app.public_keys().into_iter().chain(app.security.retired_keys.iter().cloned()).collect();
        self.fresh_beside(sandbox, &used, count)
    }

    /// The same beside keys that are used already; when the pool is used up, its keys serve twice.
    ///
    /// # Errors
    /// As [`Self::make`].
    pub fn fresh_beside(&self, sandbox: &Sandbox, used: &[String], count: usize) -> Result<Vec<String>, KeyTrouble> {
        if !sandbox.published_keys() {
            return (0..count).map(|_| self.make().map(|key| key.verifying().spki_base64())).collect();
        }
        let place = usize::try_from(sandbox.seed() % pool::SIZE as u64).expect("the pool is small");
        let pool = || (1..=pool::SIZE).map(|step| self.published(place + step).verifying().spki_base64());
        Ok(pool().filter(|key| !used.contains(key)).chain(pool()).take(count).collect())
    }

    /// Forgets those of [`Self::fresh`] that the application did not take: the key of a root that nobody will sign with again, or
    /// all of them when it was refused. Published ones belong to everybody.
    pub fn forget_unused(&self, sandbox: &Sandbox, app: &AppId, fresh: &[String]) {
        if !sandbox.published_keys() {
            let used = sandbox.look(|world, _| world.apps().get(app).map(|app| app.public_keys()).unwrap_or_default());
            fresh.iter().filter(|key| !used.contains(key)).for_each(|key| self.forget(key));
        }
    }

    /// Keeps a key that was made elsewhere.
    ///
    /// # Errors
    /// [`KeyTrouble::File`] when it cannot be written.
    pub fn keep(&self, key: &SigningKey) -> Result<(), KeyTrouble> {
        if let Some(path) = self.file_of(&key.verifying().spki_base64()) {
            write_private(&path, &key.pkcs8_pem()).map_err(|error| trouble(&path, &error))?;
        }
        self.remember(key.clone());
        Ok(())
    }

    /// Key number `index` of the published pool.
    pub fn published(&self, index: usize) -> SigningKey {
        let key = pool::signing_key(index);
        self.remember(key.clone());
        key
    }

    fn remember(&self, key: SigningKey) {
        let mut signing = self.signing.lock();
        if signing.len() >= CACHE_LIMIT && self.folder.is_some() {
            signing.clear();
        }
        signing.insert(key.verifying().spki_base64(), key);
    }

    /// The private half of a public key (SPKI, Base64): from memory, the folder, or the published pool.
    pub fn signing(&self, public: &str) -> Option<SigningKey> {
        if let Some(key) = self.signing.lock().get(public) {
            return Some(key.clone());
        }
        let from_file =
            self.file_of(public).and_then(|path| std::fs::read_to_string(path).ok()).and_then(|pem| SigningKey::from_text(&pem).ok());
        let key = from_file.or_else(|| (0..pool::SIZE).map(pool::signing_key).find(|key| key.verifying().spki_base64() == public))?;
        self.remember(key.clone());
        Some(key)
    }

    /// A public key (SPKI, Base64), parsed once.
    ///
    /// # Errors
    /// [`KeyTrouble::Unusable`] with what the text is instead.
    pub fn verifying(&self, public: &str) -> Result<VerifyingKey, KeyTrouble> {
        if let Some(key) = self.verifying.lock().get(public) {
            return Ok(key.clone());
        }
        let key = VerifyingKey::from_text(public).map_err(|error| KeyTrouble::Unusable(error.to_string()))?;
        let mut verifying = self.verifying.lock();
        if verifying.len() >= CACHE_LIMIT {
            verifying.clear();
        }
        verifying.insert(public.to_owned(), key.clone());
        Ok(key)
    }

    /// Forgets a key and takes its file away. What cannot be taken away now is swept at a later start.
    pub fn forget(&self, public: &str) {
        let file = self.file_of(public);
        self.signing.lock().remove(public);
        self.verifying.lock().remove(public);
        if let Some(file) = file {
            remove(&file);
        }
    }

    /// Takes away the files of all keys but these, by their public halves: what dropped sandboxes and interrupted makings left
    /// behind. Files with other names than the store's own are left alone.
    pub fn sweep(&self, used: &HashSet<String>) {
        let Some(folder) = &self.folder else { return };
        let kept: HashSet<PathBuf> = used.iter().filter_map(|public| self.file_of(public)).collect();
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return tracing::warn!(folder = %folder.display(), %error, "old keys were not looked for"),
        };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_ours(path) && !kept.contains(path)) {
            tracing::info!(file = %path.display(), "the key of no sandbox is taken away");
            remove(&path);
        }
    }

    /// Where a key lies, when keys lie in files.
    pub fn file_of(&self, public: &str) -> Option<PathBuf> {
        let fingerprint = self.verifying(public).ok()?.fingerprint();
        let name = fingerprint.to_string().replace(':', "");
        Some(self.folder.as_ref()?.join(format!("{name}.pem")))
    }
}

fn trouble(path: &Path, error: &std::io::Error) -> KeyTrouble {
    KeyTrouble::File { path: path.to_owned(), cause: error.to_string() }
}

/// Whether a file's name is one that the store gives: a fingerprint, and what kind of file it is.
fn is_ours(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    stem.len() == FINGERPRINT && stem.bytes().all(|byte| byte.is_ascii_hexdigit()) && matches!(kind, "pem" | "half")
}

fn remove(file: &Path) {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(file = %file.display(), %error, "a key that nothing needs could not be taken away");
        }
        _ => {}
    }
}

/// Writes a file only its owner may read: whole or not at all.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let half = path.with_extension("half");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&half)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(half, path)?;
    // the name must outlive a power cut as well: what is signed with the key is durable before long
    std::fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}
