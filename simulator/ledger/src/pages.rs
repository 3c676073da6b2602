//! A growing array in pages shared until written: a copy of the whole costs one counter a page, and a later
//! write copies only the page it touches. This is how a snapshot of a million accounts takes microseconds.
//!
//! It is not a general container: items are added at the end, changed in place, never taken out singly.

use std::mem;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

/// An array of `T` in copy-on-write pages of `N` items (`N` above 0). Cloning it is the point-in-time copy.
///
/// The last page is the array's own until it is full, so adding is as cheap as to a `Vec`; a clone copies that one.
/// Items that are large or own memory want small pages, because a page is copied item by item at the first write
/// after a clone.
#[derive(Debug)]
pub struct Pages<T, const N: usize = 1024> {
    full: Vec<Arc<[T; N]>>,
    last: Vec<T>,
}

impl<T: Clone, const N: usize> Clone for Pages<T, N> {
    fn clone(&self) -> Self {
        let mut last = Vec::with_capacity(if self.last.is_empty() { 0 } else { N });
        last.extend_from_slice(&self.last);
        Self { full: self.full.clone(), last }
    }
}

impl<T, const N: usize> Default for Pages<T, N> {
    fn default() -> Self {
        Self { full: Vec::new(), last: Vec::new() }
    }
}

impl<T, const N: usize> Pages<T, N> {
    /// An empty array; allocates nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.full.len() * N + self.last.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.full.is_empty() && self.last.is_empty()
    }

    /// The item at `place`, counted from 0.
    #[inline]
    pub fn get(&self, place: usize) -> Option<&T> {
        match self.full.get(place / N) {
            Some(page) => Some(&page[place % N]),
            None => self.last.get(place - self.full.len() * N),
        }
    }

    /// All items in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.full.iter().flat_map(|page| page.iter()).chain(&self.last)
    }

    /// Adds an item at the end and returns its place.
    #[inline]
    pub fn push(&mut self, item: T) -> usize {
        let place = self.len();
        if self.last.capacity() == 0 {
            self.last.reserve_exact(if self.full.is_empty() { 1 } else { N });
        }
        self.last.push(item);
        if self.last.len() == N {
            self.close_page();
        }
        place
    }

    #[cold]
    fn close_page(&mut self) {
        let page: Box<[T; N]> = match mem::take(&mut self.last).into_boxed_slice().try_into() {
            Ok(page) => page,
            Err(_) => unreachable!("the last page has N items"),
        };
        self.full.push(Arc::new(*page));
    }

    /// Drops the first `count` full pages (all of them when there are fewer); the item at `count * N` is then at 0.
    /// Returns how many items went.
    pub fn drop_first_pages(&mut self, count: usize) -> usize {
        let count = self.full.len().min(count);
        self.full.drain(..count);
        count * N
    }
}

impl<T: Clone, const N: usize> Pages<T, N> {
    /// All items in order. A page is let go with its last item, so that whoever writes to what it was shared with copies it
    /// no longer.
    pub fn into_items(self) -> impl Iterator<Item = T> {
        let pages = self.full.into_iter();
        pages.flat_map(|page| (0..N).map(move |place| page[place].clone())).chain(self.last)
    }

    /// The item at `place` for writing. Copies its page first if a clone still shares it.
    #[inline]
    pub fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        let full = self.full.len();
        match self.full.get_mut(place / N) {
            Some(page) => Some(&mut Arc::make_mut(page)[place % N]),
            None => self.last.get_mut(place - full * N),
        }
    }
}

impl<T, const N: usize> Index<usize> for Pages<T, N> {
    type Output = T;

    /// Panics when there is no such place.
    #[inline]
    fn index(&self, place: usize) -> &T {
        self.get(place).expect("a place that was given out")
    }
}

impl<T: Clone, const N: usize> IndexMut<usize> for Pages<T, N> {
    /// Panics when there is no such place.
    #[inline]
    fn index_mut(&mut self, place: usize) -> &mut T {
        self.get_mut(place).expect("a place that was given out")
    }
}

impl<T, const N: usize> FromIterator<T> for Pages<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut pages = Self::new();
        for item in items {
            pages.push(item);
        }
        pages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(a: &Pages<u32, 4>, b: &Pages<u32, 4>) -> usize {
        a.full.iter().zip(&b.full).filter(|(a, b)| Arc::ptr_eq(a, b)).count()
    }

    #[test]
    fn a_copy_keeps_what_was_there_and_only_touched_pages_are_copied() {
        let mut pages: Pages<u32, 4> = (0..10).collect();
        let before = pages.clone();
        assert_eq!(shared(&pages, &before), 2);
        pages[5] = 500;
        assert_eq!(shared(&pages, &before), 1);
        *pages.get_mut(6).unwrap() = 600;
        assert_eq!(shared(&pages, &before), 1, "a page copied once is not copied again");
        pages.push(10);
        assert!(before.iter().copied().eq(0..10));
        assert!(pages.iter().copied().eq([0, 1, 2, 3, 4, 500, 600, 7, 8, 9, 10]));
    }

    #[test]
    fn pages_are_let_go_as_their_items_are_taken() {
        let pages: Pages<u32, 4> = (0..10).collect();
        let mut items = pages.clone().into_items();
        let shared = |pages: &Pages<u32, 4>| pages.full.iter().filter(|page| Arc::strong_count(page) > 1).count();
        assert!(items.by_ref().take(5).eq(0..5));
        assert_eq!(shared(&pages), 1);
        assert!(items.by_ref().eq(5..10));
        assert_eq!(shared(&pages), 0);
    }

    #[test]
    fn no_place_beyond_the_last_item_can_be_read_or_written() {
        let mut pages: Pages<u32, 4> = (0..5).collect();
        assert_eq!(pages.get(4), Some(&4));
        assert_eq!(pages.get(5), None);
        assert_eq!(pages.get_mut(5), None);
        assert_eq!(pages.len(), 5);
        assert_eq!(Pages::<u32, 4>::new().get(0), None);
    }

    #[test]
    fn only_whole_pages_are_dropped_from_the_front() {
        let mut pages: Pages<u32, 4> = (0..10).collect();
        assert_eq!(pages.drop_first_pages(1), 4);
        assert!(pages.iter().copied().eq(4..10));
        assert_eq!(pages[0], 4);
        assert_eq!(pages.drop_first_pages(9), 4, "the last page is not full and stays");
        assert_eq!(pages.push(10), 2);
        assert!(pages.iter().copied().eq(8..11));
    }
}
