//! `alipay.user.card.level.set` and `.query`: the levels of a template of the newer family.
//!
//! A level is put under its name; what `operate_type` may say is not published, so any text sets. Sources: spec tables of the
//! same names; SEMANTICS 16.17.

use crate::method::{Call, Method, Outcome};
use crate::newer::document::Template;
use crate::newer::template::DIFFERS;
use crate::refused::Refused;
use crate::template::document::Document;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::programme::ProgrammeModified;

pub(crate) struct LevelSet;
pub(crate) struct LevelQuery;

/// The most levels of a template; the platform's number is not published.
const MOST: usize = 100;

#[derive(Deserialize)]
pub(crate) struct Setting {
    template_id: String,
    card_level_config: Document,
}

#[derive(Deserialize)]
pub(crate) struct Querying {
    template_id: String,
}

#[derive(Serialize)]
pub(crate) struct Nothing {}

#[derive(Serialize)]
pub(crate) struct Levels {
    card_level_configs: Vec<Document>,
}

impl Method for LevelSet {
    const NAME: &'static str = "alipay.user.card.level.set";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full(""),
            Imitates::ignored("operate_type", "its values are not published: every call puts the level under its name"),
            Imitates::stored("card_level_config"),
            Imitates::full("card_level_config.level"),
            Imitates::full("card_level_config.title"),
        ],
        response: &[],
        errors: &[],
        differs: &[DIFFERS, "A template may have 100 levels; a level is never taken away."],
    };
    type Params = Setting;
    type Reply = Nothing;

    fn run(call: &mut Call<'_, '_>, params: Setting) -> Outcome<Nothing> {
        let (programme, mut template) = Template::of(call, &params.template_id)?;
        let programme = programme.id.clone();
        let level = params.card_level_config;
        match template.levels.iter().position(|known| known.get("level") == level.get("level")) {
            Some(at) => template.levels[at] = level,
            None if template.levels.len() >= MOST => return Err(Refused::parameter(format!("等级不能超过{MOST}个")).into()),
            None => template.levels.push(level),
        }
        call.record(ProgrammeModified { programme, document: template.document(), terms: template.terms() });
        Ok(Nothing {})
    }
}

impl Method for LevelQuery {
    const NAME: &'static str = "alipay.user.card.level.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &[],
        differs: &[DIFFERS],
    };
    type Params = Querying;
    type Reply = Levels;

    fn run(call: &mut Call<'_, '_>, params: Querying) -> Outcome<Levels> {
        Ok(Levels { card_level_configs: Template::of(call, &params.template_id)?.1.levels })
    }
}

#[cfg(test)]
mod tests;
