//! Where in a value the judge stands, and how that is written: `card_info.front_text_list[1].label`.

/// Where the judge stands; a chain on the stack, written out only when something is found.
#[derive(Clone, Copy)]
pub(super) struct Trail<'t> {
    pub(super) step: Step<'t>,
    before: Option<&'t Trail<'t>>,
}

#[derive(Clone, Copy)]
pub(super) enum Step<'t> {
    Root,
    Member(&'t str),
    Item(usize),
}

impl<'t> Trail<'t> {
    pub(super) const ROOT: Self = Self { step: Step::Root, before: None };

    pub(super) fn then(&'t self, step: Step<'t>) -> Self {
        Trail { step, before: Some(self) }
    }

    pub(super) fn written(&self) -> String {
        let mut path = self.before.map(Trail::written).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Member(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&cut(name));
            }
            Step::Item(at) => path.extend(["[", &at.to_string(), "]"]),
        }
        path
    }
}

/// Names come from merchants and may be of any length.
pub(super) fn cut(name: &str) -> String {
    if name.chars().count() <= 64 { name.to_owned() } else { name.chars().take(63).chain(['…']).collect() }
}
