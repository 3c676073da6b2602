//! A disk that records and fails: SQLite's own file layer with our hand in write, sync, truncate and delete.
//!
//! It becomes the process's default layer; only files in a directory that a [`Disk`] watches are touched. What it cannot
//! show is a directory entry lost in a power cut. Unsafe, because SQLite's file layer is a table of C functions; nothing
//! outside this file is.

#![expect(unsafe_code, reason = "SQLite's file layer is a table of C functions")]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use rusqlite::ffi;

/// One change to a file, as the disk saw it; and what the test had been told in between.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Write {
        file: String,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        file: String,
        size: usize,
    },
    Sync {
        file: String,
    },
    Delete {
        file: String,
    },
    /// So many batches have been answered.
    Answered(usize),
}

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A write finds no room, and so do all after it.
    Full,
    /// A write fails half done, and all after it fail whole.
    Torn,
    /// A sync fails, once.
    Sync,
    /// A sync fails, and so does everything after it.
    Dead,
}

/// What happens to the files of one directory.
pub(crate) struct Disk {
    directory: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    steps: Option<Vec<Step>>,
    fault: Option<(Fault, usize)>,
    struck: bool,
}

static DISKS: Mutex<Vec<Arc<Disk>>> = Mutex::new(Vec::new());

impl Disk {
    /// Watches a directory for as long as the process lives.
    pub(crate) fn watch(directory: &Path) -> Arc<Self> {
        install();
        let disk = Arc::new(Self { directory: directory.to_owned(), state: Mutex::default() });
        DISKS.lock().unwrap().push(Arc::clone(&disk));
        disk
    }

    /// Writes down what happens from now on.
    pub(crate) fn record(&self) {
        self.state.lock().unwrap().steps = Some(Vec::new());
    }

    /// What was written down.
    pub(crate) fn recorded(&self) -> Vec<Step> {
        self.state.lock().unwrap().steps.take().unwrap()
    }

    /// Notes among the steps that so many batches have been answered.
    pub(crate) fn answered(&self, batches: usize) {
        self.state.lock().unwrap().note(|| Step::Answered(batches));
    }

    /// Lets the `n`th step of the fault's kind fail, counted from 0.
    pub(crate) fn fail(&self, fault: Fault, n: usize) {
        let mut state = self.state.lock().unwrap();
        state.fault = Some((fault, n));
        state.struck = false;
    }

    /// Mends the disk; says whether the fault had struck.
    pub(crate) fn mend(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        state.fault = None;
        std::mem::take(&mut state.struck)
    }
}

impl State {
    fn note(&mut self, step: impl FnOnce() -> Step) {
        if let Some(steps) = &mut self.steps {
            steps.push(step());
        }
    }

    /// Whether a write or a sync fails now.
    fn strikes(&mut self, sync: bool) -> Option<Fault> {
        let (fault, left) = self.fault.as_mut()?;
        let counts = sync == matches!(fault, Fault::Sync | Fault::Dead);
        if self.struck {
            let again = match fault {
                Fault::Full | Fault::Torn => !sync,
                Fault::Sync => false,
                Fault::Dead => true,
            };
            return again.then_some(if *fault == Fault::Torn { Fault::Full } else { *fault });
        }
        if !counts {
            return None;
        }
        if *left > 0 {
            *left -= 1;
            return None;
        }
        self.struck = true;
        Some(*fault)
    }
}

/// Stands behind SQLite's own data of an open file.
struct Handle {
    disk: Arc<Disk>,
    file: String,
    base: &'static ffi::sqlite3_io_methods,
}

static BASE: OnceLock<Base> = OnceLock::new();
/// SQLite's tables of functions (one for the database, one for files without locks), each with ours.
static METHODS: Mutex<Vec<Methods>> = Mutex::new(Vec::new());
type Methods = (&'static ffi::sqlite3_io_methods, &'static ffi::sqlite3_io_methods);

struct Base(*mut ffi::sqlite3_vfs);
// SAFETY: SQLite's default layer is a static that is never changed.
unsafe impl Send for Base {}
// SAFETY: as above.
unsafe impl Sync for Base {}

fn base() -> *mut ffi::sqlite3_vfs {
    BASE.get().unwrap().0
}

fn install() {
    BASE.get_or_init(|| {
        // SAFETY: the default layer is copied into one that lives for ever; only its size, name, open and delete differ,
        // and those functions keep to the layer's contract.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let base = ffi::sqlite3_vfs_find(std::ptr::null());
            let mut ours = *base;
            ours.szOsFile += c_int::try_from(size_of::<*mut Handle>()).unwrap();
            ours.zName = c"faulty".as_ptr();
            ours.pNext = std::ptr::null_mut();
            ours.xOpen = Some(open);
            ours.xDelete = Some(delete);
            assert_eq!(ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1), ffi::SQLITE_OK);
            Base(base)
        }
    });
}

fn watcher(path: &Path) -> Option<(Arc<Disk>, String)> {
    let disks = DISKS.lock().unwrap();
    let disk = disks.iter().find(|disk| path.parent() == Some(&disk.directory))?;
    Some((Arc::clone(disk), path.file_name()?.to_str()?.to_owned()))
}

/// The place of our pointer in a file that is open.
unsafe fn handle(file: *mut ffi::sqlite3_file) -> *mut *mut Handle {
    // SAFETY: `install` asked SQLite for this much room behind its own data, whose size is a multiple of 8.
    unsafe { file.cast::<u8>().add(usize::try_from((*base()).szOsFile).unwrap()).cast() }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: the arguments are SQLite's; the base layer opens into the front of the same memory.
    unsafe {
        let code = (*base()).xOpen.unwrap()(base(), name, file, flags, out);
        if code != ffi::SQLITE_OK || name.is_null() || (*file).pMethods.is_null() {
            return code;
        }
        let path = PathBuf::from(CStr::from_ptr(name).to_str().unwrap());
        if let Some((disk, file_name)) = watcher(&path) {
            let (base, ours) = methods(&*(*file).pMethods);
            *handle(file) = Box::into_raw(Box::new(Handle { disk, file: file_name, base }));
            (*file).pMethods = ours;
        }
        code
    }
}

fn methods(base: &'static ffi::sqlite3_io_methods) -> Methods {
    let mut known = METHODS.lock().unwrap();
    if let Some(known) = known.iter().find(|known| std::ptr::eq(known.0, base)) {
        return *known;
    }
    let mut ours = *base;
    ours.xWrite = Some(write);
    ours.xSync = Some(sync);
    ours.xTruncate = Some(truncate);
    ours.xClose = Some(close);
    let both: Methods = (base, Box::leak(Box::new(ours)));
    known.push(both);
    both
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, bytes: *const c_void, amount: c_int, at: i64) -> c_int {
    // SAFETY: SQLite gives `amount` readable bytes; the file was opened by `open`.
    unsafe {
        let handle = &**handle(file);
        let data = std::slice::from_raw_parts(bytes.cast::<u8>(), usize::try_from(amount).unwrap());
        let mut state = handle.disk.state.lock().unwrap();
        match state.strikes(false) {
            None => {}
            Some(Fault::Torn) => {
                handle.base.xWrite.unwrap()(file, bytes, amount / 2, at);
                return ffi::SQLITE_IOERR_WRITE;
            }
            Some(Fault::Full) => return ffi::SQLITE_FULL,
            Some(Fault::Sync | Fault::Dead) => return ffi::SQLITE_IOERR_WRITE,
        }
        let name = handle.file.clone();
        state.note(|| Step::Write { file: name, at: usize::try_from(at).unwrap(), bytes: data.to_vec() });
        handle.base.xWrite.unwrap()(file, bytes, amount, at)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: the file was opened by `open`.
    unsafe {
        let handle = &**handle(file);
        let mut state = handle.disk.state.lock().unwrap();
        if state.strikes(true).is_some() {
            return ffi::SQLITE_IOERR_FSYNC;
        }
        let name = handle.file.clone();
        state.note(|| Step::Sync { file: name });
        handle.base.xSync.unwrap()(file, flags)
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: the file was opened by `open`.
    unsafe {
        let handle = &**handle(file);
        let mut state = handle.disk.state.lock().unwrap();
        if state.strikes(false).is_some() {
            return ffi::SQLITE_IOERR_TRUNCATE;
        }
        let name = handle.file.clone();
        state.note(|| Step::Truncate { file: name, size: usize::try_from(size).unwrap() });
        handle.base.xTruncate.unwrap()(file, size)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the file was opened by `open`, and is not used after this.
    unsafe {
        let Handle { base, .. } = *Box::from_raw(*handle(file));
        base.xClose.unwrap()(file)
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    // SAFETY: the arguments are SQLite's.
    unsafe {
        if let Some((disk, file)) = watcher(Path::new(CStr::from_ptr(name).to_str().unwrap())) {
            disk.state.lock().unwrap().note(|| Step::Delete { file });
        }
        (*base()).xDelete.unwrap()(base(), name, sync_directory)
    }
}

/// What a crash leaves of the files after some steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// The process was killed: all it wrote is there.
    Killed,
    /// The process was killed within the last write: half of that is there.
    Torn,
    /// The power went: of what was not synced, nothing is there.
    Lost,
    /// The power went: of what was not synced, some sectors are there and some are not, by a seed.
    Scattered(u64),
}

/// The files as the crash leaves them, by name.
pub(crate) fn after(steps: &[Step], crash: Crash) -> BTreeMap<String, Vec<u8>> {
    let synced = |index: usize, file: &str| {
        crash == Crash::Killed
            || crash == Crash::Torn
            || steps[index..].iter().any(|step| matches!(step, Step::Sync { file: other } if other == file))
    };
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut luck = if let Crash::Scattered(seed) = crash { seed | 1 } else { 1 };
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Write { file, at, bytes } => {
                let content = files.entry(file.clone()).or_default();
                let half = crash == Crash::Torn && index + 1 == steps.len();
                let bytes = if half { &bytes[..bytes.len() / 2] } else { &bytes[..] };
                for (number, sector) in bytes.chunks(512).enumerate() {
                    luck ^= luck << 13;
                    luck ^= luck >> 7;
                    luck ^= luck << 17;
                    if synced(index, file) || matches!(crash, Crash::Scattered(_)) && luck & 1 == 0 {
                        let start = at + number * 512;
                        if content.len() < start + sector.len() {
                            content.resize(start + sector.len(), 0);
                        }
                        content[start..start + sector.len()].copy_from_slice(sector);
                    }
                }
            }
            Step::Truncate { file, size } => {
                if synced(index, file) {
                    files.entry(file.clone()).or_default().resize(*size, 0);
                }
            }
            Step::Delete { file } => {
                files.remove(file);
            }
            Step::Sync { .. } | Step::Answered(_) => {}
        }
    }
    files
}
