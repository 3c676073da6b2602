//! Values that few rows have much of, kept as the bytes a snapshot would write.
//!
//! A row of a million must not pay for fields it lacks: nothing costs 16 bytes, and what is there costs little more than its
//! texts. Whoever asks gets the value unpacked; whoever changes it packs it anew. In events it reads like the value itself.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// A `T`, packed; nothing at all while it is `T::default()`.
pub struct Packed<T> {
    bytes: Option<Box<[u8]>>,
    holds: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned + Default + PartialEq> Packed<T> {
    /// Packs a value.
    pub fn of(value: &T) -> Self {
        let bytes = (*value != T::default()).then(|| postcard::to_stdvec(value).expect("what is packed is plain data").into_boxed_slice());
        Self { bytes, holds: PhantomData }
    }

    /// The value.
    pub fn get(&self) -> T {
        self.bytes.as_deref().map_or_else(T::default, |bytes| {
            postcard::from_bytes(bytes).expect("packed by `of`, and a snapshot comes back as the very bytes that were written")
        })
    }

    /// Changes the value.
    pub fn change(&mut self, change: impl FnOnce(&mut T)) {
        let mut value = self.get();
        change(&mut value);
        *self = Self::of(&value);
    }
}

impl<T> Packed<T> {
    /// Whether there is nothing but the default.
    pub fn is_default(&self) -> bool {
        self.bytes.is_none()
    }
}

impl<T> Default for Packed<T> {
    fn default() -> Self {
        Self { bytes: None, holds: PhantomData }
    }
}

impl<T> Clone for Packed<T> {
    fn clone(&self) -> Self {
        Self { bytes: self.bytes.clone(), holds: PhantomData }
    }
}

impl<T> PartialEq for Packed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T> Eq for Packed<T> {}

impl<T: Serialize + DeserializeOwned + Default + PartialEq + fmt::Debug> fmt::Debug for Packed<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(out)
    }
}

impl<T: Serialize + DeserializeOwned + Default + PartialEq> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return if self.is_default() { serializer.serialize_none() } else { serializer.serialize_some(&self.get()) };
        }
        serializer.serialize_bytes(self.bytes.as_deref().unwrap_or_default())
    }
}

impl<'de, T: Serialize + DeserializeOwned + Default + PartialEq> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Ok(Option::<T>::deserialize(deserializer)?.map_or_else(Self::default, |value| Self::of(&value)));
        }
        let bytes = <&[u8]>::deserialize(deserializer)?;
        Ok(Self { bytes: (!bytes.is_empty()).then(|| bytes.into()), holds: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rare = Packed<Vec<String>>;

    #[test]
    fn nothing_is_kept_of_a_default_and_everything_of_the_rest() {
        assert!(Rare::of(&Vec::new()).is_default());
        let mut some = Rare::default();
        some.change(|texts| texts.push("茶".to_owned()));
        assert_eq!(some.get(), ["茶"]);
        assert_eq!(some, Rare::of(&vec!["茶".to_owned()]));
        some.change(Vec::clear);
        assert!(some.is_default());
    }

    #[test]
    fn in_an_event_it_reads_like_the_value_and_in_a_snapshot_it_comes_back() {
        let some = Rare::of(&vec!["茶".to_owned()]);
        assert_eq!(serde_json::to_string(&some).unwrap(), r#"["茶"]"#);
        assert_eq!(serde_json::to_string(&Rare::default()).unwrap(), "null");
        for value in [some, Rare::default()] {
            assert_eq!(serde_json::from_str::<Rare>(&serde_json::to_string(&value).unwrap()).unwrap(), value);
            assert_eq!(postcard::from_bytes::<Rare>(&postcard::to_stdvec(&value).unwrap()).unwrap(), value);
        }
    }
}
