//! Playing a check, line by line; the first line that does not come true is named, with what was there instead.
//!
//! ```text
//! given a template T without the column POINT        what the stage sets up
//! > alipay.marketing.card.update target_card_no=C    a call, fields behind it (`as A` first: who calls)
//! < 40004 CARD_NOT_EXIT sub_msg~不存在               its answer: code, sub code, then fields:
//!                                                     a=b is, a:=1 is (JSON), a~b holds, !a absent, a>N gets the name N
//! expect C has 35 points                             what the stage finds afterwards
//! # a remark
//! ```

use crate::line::{Field, get, meant, words};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a platform answered.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Class code.
    pub code: String,
    /// Sub code; empty on success.
    pub sub_code: String,
    /// The whole object.
    pub object: Value,
}

/// What names stand for.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Lets a name stand for a text.
    pub fn bind(&mut self, name: &str, text: impl Into<String>) {
        self.0.insert(name.to_owned(), text.into());
    }
}

/// A platform set up for a check.
pub trait Stage {
    /// Sets something up: the words after `given`, and the fields among them.
    ///
    /// # Errors
    /// What is wrong with the line.
    fn given(&mut self, words: &[&str], fields: &[Field], names: &mut Names) -> Result<(), String>;

    /// Makes a call.
    ///
    /// # Errors
    /// Why it could not be made, or what is wrong with the answer beyond the text's own lines.
    fn call(&mut self, caller: Option<&str>, method: &str, fields: &[Field], names: &Names) -> Result<Answer, String>;

    /// Looks whether something is so: the words after `expect`.
    ///
    /// # Errors
    /// What was found instead.
    fn expect(&mut self, words: &[&str], names: &Names) -> Result<(), String>;
}

/// Plays a check.
///
/// # Panics
/// At the first line that does not come true.
#[track_caller]
pub fn check(stage: &mut impl Stage, text: &str) {
    if let Err((number, line, wrong)) = play(stage, text) {
        let mut message = String::new();
        let _ = writeln!(message, "line {number} of the check did not come true:\n    {line}\n{wrong}");
        panic!("{message}");
    }
}

fn play(stage: &mut impl Stage, text: &str) -> Result<(), (usize, String, String)> {
    let mut names = Names::default();
    let mut answer = Answer::default();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        one(stage, line, &mut names, &mut answer).map_err(|wrong| (at + 1, line.to_owned(), wrong))?;
    }
    Ok(())
}

fn one(stage: &mut impl Stage, line: &str, names: &mut Names, answer: &mut Answer) -> Result<(), String> {
    let all = words(line);
    let (first, rest) = all.split_first().ok_or("an empty line")?;
    match first.as_str() {
        "given" => {
            let (bare, fields) = apart(rest, names)?;
            stage.given(&bare, &fields, names)
        }
        ">" => {
            let (bare, fields) = apart(rest, names)?;
            let (caller, method) = match bare.as_slice() {
                [method] => (None, *method),
                ["as", caller, method] => (Some(*caller), *method),
                _ => return Err("a call is `> [as NAME] method field=value …`".to_owned()),
            };
            *answer = stage.call(caller, method, &fields, names)?;
            Ok(())
        }
        "<" => compare(rest, answer, names),
        "expect" => stage.expect(&rest.iter().map(String::as_str).collect::<Vec<_>>(), names),
        other => Err(format!("a line begins with given, >, <, expect or #, not with `{other}`")),
    }
}

fn apart<'w>(words: &'w [String], names: &Names) -> Result<(Vec<&'w str>, Vec<Field>), String> {
    let (mut bare, mut fields) = (Vec::new(), Vec::new());
    for word in words {
        match Field::read(word, names) {
            Some(field) => fields.push(field?),
            None => bare.push(word.as_str()),
        }
    }
    Ok((bare, fields))
}

fn compare(words: &[String], answer: &Answer, names: &mut Names) -> Result<(), String> {
    let came = || format!("came {} {}: {:#}", answer.code, answer.sub_code, answer.object);
    let mut words = words.iter();
    let code = words.next().ok_or("an answer begins with its code")?;
    if *code != answer.code {
        return Err(came());
    }
    let mut sub_code = "";
    for word in words {
        if let Some(path) = word.strip_prefix('!') {
            if let Some(value) = get(&answer.object, path) {
                return Err(format!("{path} is there: {value}"));
            }
            continue;
        }
        let Some(at) = word.find(['=', '~', '>']) else {
            sub_code = word;
            continue;
        };
        let (path, rest) = word.split_at(at);
        let found = get(&answer.object, path);
        match rest.split_at(1) {
            ("~", part) => {
                let part = meant(part, names);
                if !found.and_then(Value::as_str).is_some_and(|text| text.contains(&part)) {
                    return Err(format!("{path} does not hold `{part}`; {}", came()));
                }
            }
            (">", name) => match found {
                Some(Value::String(text)) => names.bind(name, text.clone()),
                Some(value) => names.bind(name, value.to_string()),
                None => return Err(format!("{path} is absent; {}", came())),
            },
            _ => {
                let field = Field::read(word, names).ok_or("a field is path=value")??;
                if get(&answer.object, &field.path) != Some(&field.value) {
                    return Err(format!("{} is not {}; {}", field.path, field.value, came()));
                }
            }
        }
    }
    if sub_code == answer.sub_code { Ok(()) } else { Err(came()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Answers every call with what it was sent.
    #[derive(Default)]
    struct Echo {
        given: Vec<String>,
    }

    impl Stage for Echo {
        fn given(&mut self, words: &[&str], _: &[Field], names: &mut Names) -> Result<(), String> {
            self.given.push(words.join(" "));
            names.bind("X", "42");
            Ok(())
        }

        fn call(&mut self, caller: Option<&str>, method: &str, fields: &[Field], _: &Names) -> Result<Answer, String> {
            let mut object = json!({"method": method, "caller": caller});
            for field in fields {
                crate::set(&mut object, &field.path, field.value.clone());
            }
            Ok(Answer { code: "10000".to_owned(), sub_code: String::new(), object })
        }

        fn expect(&mut self, words: &[&str], _: &Names) -> Result<(), String> {
            if words == ["fine"] { Ok(()) } else { Err("not fine".to_owned()) }
        }
    }

    const TEXT: &str = "
        # a remark
        given a thing
        > as Li some.method a.b=X c=\"X\"
        < 10000 caller=Li a.b=42 c~\"X\" !d a.b>Y
        > other.method e=Y
        < 10000 e=42
        expect fine
    ";

    #[test]
    fn a_check_that_comes_true_is_silent() {
        let mut echo = Echo::default();
        check(&mut echo, TEXT);
        assert_eq!(echo.given, ["a thing"]);
    }

    #[test]
    fn the_first_line_that_does_not_come_true_is_named() {
        for (line, number) in [
            ("expect bad", 1),
            ("\n> m a=1\n< 10000 a=2", 3),
            ("> m\n< 40004", 2),
            ("> m a=1\n< 10000 !a", 2),
            ("> m\n< 10000 SUB", 2),
            ("nonsense", 1),
        ] {
            let (at, _, _) = play(&mut Echo::default(), line).unwrap_err();
            assert_eq!(at, number, "{line}");
        }
    }
}
