//! Where the program puts what nobody asked it to keep: never into the folder it is called in.

use std::path::PathBuf;

/// The build folder when the binary lies in one, else a folder of its own below the temporary folder.
pub(crate) fn build_folder() -> PathBuf {
    let binary = std::env::current_exe().unwrap_or_default();
    let build = binary.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "target"));
    build.map_or_else(|| std::env::temp_dir().join("kabao"), std::path::Path::to_owned)
}
