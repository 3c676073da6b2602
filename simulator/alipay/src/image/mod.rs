//! Pictures: uploading them, and what their bytes are.

pub(crate) mod format;
mod upload;

use crate::method::Entry;

pub(crate) const METHODS: &[Entry] = &[Entry::of::<upload::ImageUpload>()];
