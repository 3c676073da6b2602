//! The judgement of a request, a whole call or an answer: which table, and what stands around its fields.
//!
//! Fields are judged in `judge`. Here are the public names and the two places a field can be put in (QUIRKS Q19,
//! Q20), and failures, of which only the code can be judged.

use serde_json::{Map, Value};

use super::contracts::{Contract, Place};
use super::judge::{Judge, PublicNames};
use super::report::{Flag, FlagKind, Report};
use super::trail::cut;

/// A parameter of a call as the envelope carried it.
#[derive(Clone, Copy, Debug)]
pub enum Parameter<'a> {
    /// An ordinary parameter.
    Text(&'a str),
    /// A file part, with its length in bytes.
    File(usize),
}

impl Contract {
    /// Judges the fields of a request: the object in `biz_content`, or the parameters as an object.
    pub fn validate_request(&self, fields: &Value) -> Report {
        self.judge_of_requests().whole(fields)
    }

    fn judge_of_requests(&self) -> Judge<'_> {
        Judge::new(&self.request, self.public_parameters())
    }

    fn public_parameters(&self) -> PublicNames<'_> {
        let belong_beside = self.place == Place::BizContent;
        PublicNames { usual: self.platform.public_parameters, own: &self.common_parameters, belong_beside }
    }

    /// Judges a whole call: its fields where they belong, and what stands in the other place. Says nothing of conditions in prose.
    pub fn validate_call<'a>(&self, parameters: impl IntoIterator<Item = (&'a str, Parameter<'a>)>, biz_content: Option<&Value>) -> Report {
        match self.place {
            Place::BizContent => {
                let nothing = Value::Object(Map::new());
                let mut report = self.judge_of_requests().without_prose().whole(biz_content.unwrap_or(&nothing));
                for (name, _) in parameters {
                    self.flag_stray(&mut report, name, "belongs inside biz_content");
                }
                report.connect_hints();
                report
            }
            Place::Beside => {
                let fields = parameters.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
                let mut report = self.judge_of_requests().without_prose().whole(&Value::Object(fields));
                for name in biz_content.and_then(Value::as_object).into_iter().flat_map(Map::keys) {
                    self.flag_stray(&mut report, name, "is a parameter beside biz_content, not a member of it");
                }
                report.connect_hints();
                report
            }
        }
    }

    /// Judges an answer: the object under the response key. Of a failure only the code is judged.
    pub fn validate_response(&self, answer: &Value) -> Report {
        let own_code = self.response.fields().iter().any(|field| field.name == "code");
        let code = answer.get("code").and_then(Value::as_str).filter(|_| !own_code);
        if let Some(code) = code.filter(|code| *code != self.platform.success) {
            return self.judge_failure(code, answer);
        }
        let public = PublicNames { usual: self.platform.public_answer, own: &[], belong_beside: false };
        Judge::new(&self.response, public).whole(answer)
    }

    fn judge_failure(&self, code: &str, answer: &Value) -> Report {
        let mut report = Report::default();
        let sub_code = answer.get("sub_code").and_then(Value::as_str).unwrap_or_default();
        let public = self.platform.public_errors.iter().any(|start| sub_code.starts_with(start));
        if !public && !self.errors.iter().any(|error| error.sub_code == sub_code && error.code == code) {
            report.add_flag(Flag {
                path: "sub_code".to_owned(),
                kind: FlagKind::UndocumentedError,
                text: format!("{code} {sub_code} is not among the errors of {}", self.method),
                suggests: None,
            });
        }
        report
    }

    /// A name of this call in the wrong place, or one that nobody knows.
    fn flag_stray(&self, report: &mut Report, name: &str, where_it_belongs: &str) {
        let public = self.public_parameters().contain(name);
        if let Some(field) = self.request.named(name).filter(|_| !public) {
            report.add_flag(Flag {
                path: name.to_owned(),
                kind: FlagKind::Misplaced,
                text: format!("`{}` of {} {where_it_belongs}; here it has no effect", field.path, self.method),
                suggests: Some(field.path.clone()),
            });
        } else if !public && self.place == Place::BizContent {
            let text = "unknown parameter, without effect".to_owned();
            report.add_flag(Flag { path: cut(name), kind: FlagKind::Unknown, text, suggests: None });
        }
    }
}

impl From<Parameter<'_>> for Value {
    fn from(parameter: Parameter<'_>) -> Self {
        match parameter {
            Parameter::Text(text) => Self::from(text),
            Parameter::File(bytes) => Self::from(bytes),
        }
    }
}
