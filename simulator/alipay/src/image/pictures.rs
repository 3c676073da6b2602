//! How many bytes of pictures each merchant of a sandbox keeps, counted on from where it was counted last.
//!
//! A figure beside the world, not a part of it: pictures are never taken away, so the rows that came since are all that has
//! to be looked at. Another sandbox of the same name begins anew.

use parking_lot::Mutex;
use std::collections::HashMap;
use world::World;
use world::names::MerchantId;

/// The pictures of one sandbox.
#[derive(Debug, Default)]
pub(crate) struct Pictures(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    rows: u32,
    bytes: HashMap<MerchantId, u64>,
}

impl Pictures {
    /// Bytes of all pictures of a merchant together.
    pub(crate) fn bytes(&self, world: &World, merchant: &MerchantId) -> u64 {
        let mut counted = self.0.lock();
        let Counted { rows, bytes } = &mut *counted;
        let images = world.images();
        while (*rows as usize) < images.len() {
            let image = images.at(*rows);
            *bytes.entry(image.merchant.clone()).or_default() += image.size;
            *rows += 1;
        }
        bytes.get(merchant).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beside::Beside;
    use crate::check::Shop;
    use world::image::Image;
    use world::merchant::Era;

    #[test]
    fn a_picture_is_counted_once_and_another_sandbox_begins_anew() {
        let galleries = Beside::<Pictures>::default();
        let shop = Shop::new(7, Era::UserId);
        let image = |id: &str, merchant: &str, size| Image {
            id: id.into(),
            merchant: merchant.into(),
            name: String::new(),
            format: "png".to_owned(),
            size,
            hash: String::new(),
        };
        let bytes = |shop: &Shop, merchant: &str| {
            shop.look(|world, _| galleries.of(&shop.sandbox, Pictures::default).bytes(world, &merchant.into()))
        };
        assert_eq!(bytes(&shop, "one"), 0);
        shop.record(image("a", "one", 10));
        shop.record(image("b", "other", 5));
        assert_eq!((bytes(&shop, "one"), bytes(&shop, "one"), bytes(&shop, "other")), (10, 10, 5));
        shop.record(image("c", "one", 1));
        assert_eq!(bytes(&shop, "one"), 11);
        let again = Shop::new(7, Era::UserId);
        assert_eq!(again.sandbox.name(), shop.sandbox.name());
        assert_eq!(bytes(&again, "one"), 0);
    }
}
