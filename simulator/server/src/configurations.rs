//! First calls with each SDK, ready to paste: what `kabao init` writes and the start page shows.
//!
//! Source: `fixtures/configurations`, whose README says what the marks stand for.

/// File name and text with placeholders.
pub(crate) const ALL: &[(&str, &str)] = &[
    ("FirstCall.cs", include_str!("../../../fixtures/configurations/FirstCall.cs")),
    ("FirstCall.java", include_str!("../../../fixtures/configurations/FirstCall.java")),
    ("first_call.go", include_str!("../../../fixtures/configurations/first_call.go")),
    ("first_call.mjs", include_str!("../../../fixtures/configurations/first_call.mjs")),
    ("first_call.php", include_str!("../../../fixtures/configurations/first_call.php")),
    ("first_call.py", include_str!("../../../fixtures/configurations/first_call.py")),
];
