//! Codes as SVG: QR and Code 128, whole pixels a module, with the quiet zone scanners need, black on white whatever the theme.
//!
//! Source: UI.md §3.3. A code that cannot be drawn (a sign Code 128 does not have, too long) is nothing, and the page says so.

use barcoders::sym::code128::Code128;
use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

use super::text;

/// The longest text that is drawn.
const LONGEST: usize = 512;
/// Clear modules around a QR code and beside a bar code.
const QUIET_QR: usize = 4;
const QUIET_BAR: usize = 10;
/// A phone's width less its margins, pixels.
const WIDTH: usize = 350;
const BAR_HEIGHT: usize = 72;

/// A text as a QR code.
pub(crate) fn qr(text: &str) -> Option<Markup> {
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let size = code.width() + 2 * QUIET_QR;
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(code.width()).enumerate() {
        let dark: Vec<bool> = row.iter().map(|color| *color == Color::Dark).collect();
        bars(&mut path, &dark, QUIET_QR, y + QUIET_QR, 1);
    }
    let scale = (240 / size).max(2);
    Some(drawing(text, &path, (size, size), (size * scale, size * scale)))
}

/// A text as a Code 128 bar code: pairs of digits where it is made of such, else letter by letter.
pub(crate) fn bar(text: &str) -> Option<Markup> {
    if text.is_empty() || text.len() > LONGEST || !text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return None;
    }
    let pairs = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_digit());
    // the library chooses the set by these signs
    let code = Code128::new(format!("{}{text}", if pairs { '\u{106}' } else { '\u{181}' })).ok()?;
    let dark: Vec<bool> = code.encode().into_iter().map(|module| module == 1).collect();
    let size = dark.len() + 2 * QUIET_BAR;
    let scale = if size * 2 <= WIDTH { 2 } else { 1 };
    let mut path = String::new();
    bars(&mut path, &dark, QUIET_BAR, 0, BAR_HEIGHT);
    Some(drawing(text, &path, (size, BAR_HEIGHT), (size * scale, BAR_HEIGHT)))
}

/// Adds the dark runs of a row to a path.
fn bars(path: &mut String, dark: &[bool], left: usize, top: usize, height: usize) {
    let mut x = 0;
    for run in dark.chunk_by(|one, other| one == other) {
        if run[0] {
            let _ = write!(path, "M{} {top}h{}v{height}h-{}z", x + left, run.len(), run.len());
        }
        x += run.len();
    }
}

fn drawing(content: &str, path: &str, (columns, rows): (usize, usize), (width, height): (usize, usize)) -> Markup {
    html! {
        svg.code role="img" aria-label=(text::plain(content, LONGEST)) viewBox=(format!("0 0 {columns} {rows}")) width=(width) height=(height) preserveAspectRatio="none" shape-rendering="crispEdges" {
            path d=(format!("M0 0h{columns}v{rows}h-{columns}z")) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules of a row of a drawing.
    fn row(svg: &str, columns: usize, y: usize) -> Vec<u8> {
        let dark = svg.split("d=\"").nth(2).unwrap().split('"').next().unwrap();
        let mut row = vec![0; columns];
        for run in dark.split('M').filter(|run| !run.is_empty()) {
            let (place, rest) = run.split_once('h').unwrap();
            let (x, top) = place.split_once(' ').unwrap();
            let width: usize = rest.split('v').next().unwrap().parse().unwrap();
            if top == y.to_string() {
                let x: usize = x.parse().unwrap();
                row[x..x + width].fill(1);
            }
        }
        row
    }

    #[test]
    fn the_bars_drawn_are_the_modules_encoded_between_quiet_zones() {
        let svg = bar("286012345678901234").unwrap().into_string();
        let modules = Code128::new("\u{106}286012345678901234").unwrap().encode();
        assert_eq!(modules.len(), 134);
        let drawn = row(&svg, modules.len() + 20, 0);
        assert_eq!(drawn[10..10 + modules.len()], modules);
        assert!(drawn[..10].iter().chain(&drawn[10 + modules.len()..]).all(|module| *module == 0));
        assert!(svg.contains("width=\"308\""), "two whole pixels a module");
    }

    #[test]
    fn the_squares_drawn_are_the_modules_encoded() {
        let svg = qr("286012345678901234").unwrap().into_string();
        let code = QrCode::with_error_correction_level("286012345678901234", EcLevel::M).unwrap();
        assert_eq!(code.width(), 21);
        for y in 0..21 {
            let wanted: Vec<u8> = (0..21).map(|x| u8::from(code[(x, y)] == Color::Dark)).collect();
            assert_eq!(row(&svg, 29, y + 4)[4..25], wanted);
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_nothing() {
        assert!(bar("会员").is_none());
        assert!(bar("").is_none() && qr("").is_none());
        assert!(qr(&"x".repeat(513)).is_none());
        let drawn = qr("会员\u{202e}\0").unwrap().into_string();
        assert!(drawn.contains("aria-label=\"会员\""), "{drawn}");
    }
}
