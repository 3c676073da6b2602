//! A template of the newer family as a programme: what was sent, kept whole, beside the classic blocks that the pages draw.

use crate::method::{Call, Outcome};
use crate::template::document::{self, Document};
use serde_json::{Map, Value, json};
use world::Refusal;
use world::names::ProgrammeId;
use world::programme::{CodeKind, Numbering, Programme, Terms};

/// Where the newer family's own document stands. Never shown.
const SENT: &str = "kabao_newer";
/// Where its levels stand.
const LEVELS: &str = "kabao_newer_levels";
/// Digits of the numbers of its cards; no source says how they are made.
const DIGITS: u8 = 16;

/// Whether a programme is of the newer family.
pub(crate) fn is_newer(programme: &Programme) -> bool {
    document::of(programme).contains_key(SENT)
}

/// A template of the newer family, as it was sent, and its levels.
#[derive(Clone, Default)]
pub(super) struct Template {
    pub(super) sent: Document,
    pub(super) levels: Vec<Document>,
}

impl Template {
    /// The caller's template with this id.
    pub(super) fn of<'w>(call: &'w Call<'_, '_>, id: &str) -> Outcome<(&'w Programme, Self)> {
        let id = ProgrammeId::from(id);
        let programme = call.world().programme_of(call.merchant(), &id)?;
        Self::read(programme).map(|template| (programme, template)).ok_or_else(|| Refusal::UnknownProgramme(id).into())
    }

    /// The template behind a programme, when it is of this family.
    pub(super) fn read(programme: &Programme) -> Option<Self> {
        let mut kept = document::of(programme);
        let Some(Value::Object(sent)) = kept.remove(SENT) else { return None };
        let levels = match kept.remove(LEVELS) {
            Some(Value::Array(levels)) => {
                levels.into_iter().filter_map(|level| if let Value::Object(level) = level { Some(level) } else { None }).collect()
            }
            _ => Vec::new(),
        };
        Some(Self { sent, levels })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.sent.get(name).and_then(Value::as_str)
    }

    /// Whether its cards end.
    pub(super) fn is_for_a_period(&self) -> bool {
        self.text("date_type") == Some("PERIOD")
    }

    /// What decisions depend on.
    pub(super) fn terms(&self) -> Terms {
        let needed = [("need_balance", "BALANCE"), ("need_level", "LEVEL"), ("need_point", "POINT")];
        let declared = needed.into_iter().filter(|(name, _)| self.sent.get(*name) == Some(&Value::Bool(true)));
        Terms {
            numbering: Numbering { prefix: String::new(), digits: DIGITS },
            columns: declared.map(|(_, column)| column.to_owned()).collect(),
            levels: self.levels.iter().filter_map(|level| level.get("level")?.as_str().map(str::to_owned)).collect(),
            rules: Vec::new(),
            // which codes there are is not published: the merchant's own number is drawn
            code: CodeKind::StaticQr,
            notify_url: None,
            notify_app: None,
        }
    }

    /// The document that is kept: what was sent, and the classic look of it.
    pub(super) fn document(&self) -> Box<str> {
        let terms = self.terms();
        let title = |column: &str| match column {
            "POINT" => self.text("point_display_name").unwrap_or("积分"),
            "BALANCE" => "余额",
            _ => "等级",
        };
        let mut columns: Vec<Value> = terms.columns.iter().map(|column| json!({"code": column, "title": title(column)})).collect();
        columns.extend(self.text("service_phone").map(|phone| json!({"code": "TELEPHONE", "title": "电话", "value": phone})));
        columns.extend(self.text("description").map(|text| json!({"code": "DESCRIPTION", "title": "使用须知", "value": text})));
        let named = |level: &Document| {
            let name = level.get("level")?;
            Some(json!({"level": name, "level_show_name": level.get("title").unwrap_or(name)}))
        };
        let style: Map<String, Value> = [("card_show_name", "title"), ("slogan", "sub_title"), ("banner_url", "banner_url")]
            .into_iter()
            .filter_map(|(classic, own)| Some((classic.to_owned(), self.sent.get(own)?.clone())))
            .collect();
        let shortcuts = self.sent.get("quick_services").and_then(Value::as_array).into_iter().flatten().enumerate();
        let actions: Vec<Value> =
            shortcuts.map(|(at, one)| json!({"code": format!("SERVICE{at}"), "text": one.get("title"), "url": one.get("url")})).collect();
        json!({
            SENT: self.sent,
            LEVELS: self.levels,
            "template_style_info": style,
            "column_info_list": columns,
            "card_level_conf": self.levels.iter().filter_map(named).collect::<Vec<_>>(),
            "card_action_list": actions,
        })
        .to_string()
        .into()
    }
}
