//! Pictures: uploading them, and what their bytes are.

pub(crate) mod format;
mod pictures;
mod upload;

pub(crate) use pictures::Pictures;

use crate::method::Entry;

pub(crate) const METHODS: &[Entry] = &[Entry::of::<upload::ImageUpload>()];
