//! Compiles the library folder in: every `.feature` file under `library/`, by its path. Nothing else lists the stories.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("library");
    println!("cargo::rerun-if-changed=library");
    let mut stories = Vec::new();
    collect(&root, &mut stories);
    stories.sort();
    let mut list = String::from("&[\n");
    for story in stories {
        let name = story.strip_prefix(&root).expect("found under it").to_string_lossy().replace('\\', "/");
        writeln!(list, "    ({name:?}, include_str!({:?})),", story.display()).expect("a string takes any text");
    }
    list.push_str("]\n");
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it")).join("library.rs");
    std::fs::write(out, list).expect("the build folder can be written");
}

fn collect(folder: &Path, stories: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in std::fs::read_dir(folder).expect("the library folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, stories);
        } else if path.extension().is_some_and(|extension| extension == "feature") {
            stories.push(path);
        }
    }
}
