//! Pictures that merchants uploaded. The bytes lie in the log's blob store under their hash.

use crate::names::{ImageId, MerchantId};
use crate::table::Keyed;
use serde::{Deserialize, Serialize};

/// A stored picture.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// Who uploaded it.
    pub merchant: MerchantId,
    /// The name it was given.
    pub name: String,
    /// The format found in its first bytes: `png`, `jpeg`, `gif` or `bmp`.
    pub format: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the bytes, lower-case hex: where the log keeps them.
    pub hash: String,
}

impl Keyed for Image {
    type Key = ImageId;
    fn key(&self) -> &ImageId {
        &self.id
    }
}
