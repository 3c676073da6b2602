//! The stories that come with kabao, compiled in. The folder `library/` is the list; `build.rs` reads it.

use crate::misread::Misread;
use crate::story::Story;

const STORIES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// Path (below `library/`) and text of every story, by path.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    STORIES.iter().copied()
}

/// The story at `path`, such as `alipay/shop_visit.feature`.
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
    fn a_story_that_is_not_there_names_the_nearest() {
        let misread = story("alipay/shop_visits.feature").unwrap_err();
        assert!(misread[0].to_string().contains("nearest: alipay/shop_visit.feature"), "{}", misread[0]);
    }
}
