//! The people a sandbox is filled with: invented by seed, the same for the same seed.
//!
//! Names come from `fake`'s Chinese lists; mobile numbers have the prefixes that are in use and never belong to anyone on
//! purpose; nobody is older than 80.

use crate::chance::Chance;
use fake::Fake;
use fake::faker::name::raw::{FirstName, LastName};
use fake::locales::ZH_CN;
use world::Day;
use world::customer::{Gender, Profile};

/// First three digits of mainland mobile numbers.
const PREFIXES: &[&str] = &["130", "131", "135", "136", "137", "138", "139", "150", "151", "158", "159", "177", "186", "187", "188", "189"];
/// Province and city of the invented.
const PLACES: &[(&str, &str)] = &[
    ("浙江省", "杭州市"),
    ("上海市", "上海市"),
    ("北京市", "北京市"),
    ("广东省", "深圳市"),
    ("四川省", "成都市"),
    ("江苏省", "南京市"),
    ("湖北省", "武汉市"),
    ("陕西省", "西安市"),
];

/// Invents a person.
pub fn invent(chance: &mut Chance) -> Profile {
    let last: String = LastName(ZH_CN).fake_with_rng(chance.generator());
    let first: String = FirstName(ZH_CN).fake_with_rng(chance.generator());
    let pick = |chance: &mut Chance, count: usize| usize::try_from(chance.below(count as u64)).expect("lists are short");
    let prefix = PREFIXES[pick(chance, PREFIXES.len())];
    let (province, city) = PLACES[pick(chance, PLACES.len())];
    let (year, month, day) = (1946 + chance.below(62), 1 + chance.below(12), 1 + chance.below(28));
    Profile {
        name: format!("{last}{first}"),
        mobile: format!("{prefix}{:08}", chance.below(100_000_000)),
        gender: Some(if chance.below(2) == 0 { Gender::Female } else { Gender::Male }),
        birthday: Day::parse(&format!("{year:04}-{month:02}-{day:02}")).ok(),
        province: province.to_owned(),
        city: city.to_owned(),
        ..Profile::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_invents_the_same_people() {
        let people = |seed| (0..20).map(|number| invent(&mut Chance::of(seed, "person", number))).collect::<Vec<_>>();
        assert_eq!(people(7), people(7));
        assert_ne!(people(7), people(8));
        for person in people(7) {
            assert!((2..=5).contains(&person.name.chars().count()), "{}", person.name);
            assert_eq!(person.mobile.len(), 11);
        }
    }
}
