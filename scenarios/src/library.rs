//! The stories that come with kabao, compiled in. The folder `library/` is the list; `build.rs` reads it.

use crate::misread::Misread;
use crate::story::{BYTE_LIMIT, Story};

const STORIES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// Path (below `library/`) and text of every story, by path.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    STORIES.iter().copied()
}

/// The story a person means: one of the library, with or without `library/` before it, or a file; and the line named behind
/// it, as in `alipay/shop_visit.feature:9`.
///
/// # Errors
/// No such story or file, or what is wrong with it.
pub fn open(name: &str) -> Result<(Story, Option<usize>), Vec<Misread>> {
    let (path, line) = match name.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?))) {
        Some((path, line)) => (path, Some(line)),
        None => (name, None),
    };
    let own = path.strip_prefix("library/").unwrap_or(path);
    if STORIES.iter().any(|(known, _)| *known == own) {
        return Ok((story(own)?, line));
    }
    match crate::misread::read_file(path, BYTE_LIMIT) {
        Ok(bytes) => Ok((Story::from_bytes(path, &bytes)?, line)),
        Err(unread) => {
            let nearest = story(own).err().into_iter().flatten().flat_map(|misread| misread.advice).next();
            let why = unread.first().map(|misread| misread.problem.clone()).unwrap_or_default();
            Err(vec![Misread::whole(path, format!("neither a file ({why}) nor a story of the library"), nearest)])
        }
    }
}

/// The story at `path` of the library, such as `alipay/shop_visit.feature`.
///
/// # Errors
/// There is none; the text names the nearest.
pub fn story(path: &str) -> Result<Story, Vec<Misread>> {
    if let Some((name, text)) = STORIES.iter().find(|(name, _)| *name == path) {
        return Story::read(&format!("library/{name}"), text);
    }
    let nearest = crate::nearest::nearest(path, STORIES.iter().map(|(name, _)| *name));
    Err(vec![Misread::whole(path, "the library has no such story", nearest.map(|name| format!("nearest: {name}")))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_story_of_the_library_reads() {
        assert!(all().count() >= 4);
        for (path, _) in all() {
            if let Err(misread) = story(path) {
                panic!("{}", misread.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
            }
        }
    }

    #[test]
    fn a_chinese_twin_has_the_same_scenarios_and_steps_as_its_english_story() {
        for (path, _) in all().filter(|(path, _)| path.ends_with(".zh-CN.feature")) {
            let twin = story(path).unwrap();
            let original = story(&path.replace(".zh-CN", "")).unwrap();
            assert_eq!(twin.tags, original.tags, "{path}");
            let shape = |story: &Story| -> Vec<Vec<usize>> {
                story.scenarios.iter().map(|scenario| scenario.lines.iter().map(|line| line.step).collect()).collect()
            };
            assert_eq!(shape(&twin), shape(&original), "{path}");
        }
    }

    #[test]
    fn a_story_is_opened_by_its_name_its_path_or_its_file_with_or_without_a_line() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/library/alipay/shop_visit.feature");
        for (name, line) in [("alipay/shop_visit.feature", None), ("library/alipay/shop_visit.feature:9", Some(9)), (file, None)] {
            let (story, seen) = open(name).unwrap();
            assert_eq!((story.name.as_str(), seen), ("A visit to the shop", line), "{name}");
        }
        let missing = open("alipay/shop_vist.feature:3").unwrap_err();
        assert!(missing[0].to_string().contains("nearest: alipay/shop_visit.feature"), "{}", missing[0]);
    }

    #[test]
    fn a_story_that_is_not_there_names_the_nearest() {
        let misread = story("alipay/shop_visits.feature").unwrap_err();
        assert!(misread[0].to_string().contains("nearest: alipay/shop_visit.feature"), "{}", misread[0]);
    }
}
