//! Numbered slots, used again when freed, in copy-on-write pages: for things that come and go.

use crate::pages::Pages;

/// Small pages, because what stands here owns memory that is copied with its page.
const PAGE: usize = 64;

#[derive(Clone, Debug)]
pub(crate) struct Slab<T> {
    slots: Pages<Option<T>, PAGE>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { slots: Pages::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    #[inline]
    pub(crate) fn get(&self, slot: u32) -> Option<&T> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// The filled slots, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(self.slots.iter()).filter_map(|(slot, item)| Some((slot, item.as_ref()?)))
    }
}

impl<T: Clone> Slab<T> {
    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    pub(crate) fn add(&mut self, item: T) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(item);
                slot
            }
            None => u32::try_from(self.slots.push(Some(item))).expect("fewer than four billion slots"),
        }
    }

    pub(crate) fn take(&mut self, slot: u32) -> Option<T> {
        let item = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        Some(item)
    }
}
