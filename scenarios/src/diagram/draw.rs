//! The drawing itself: rows below each other, a lifeline for each actor, captions on the left. Widths are in the drawing's own
//! units; a page scales it.

use super::text;
use crate::misread::{text_width, width};
use std::fmt::Write;

/// Where captions end.
const CAPTION: usize = 450;
const WIDTH: usize = 1220;
const ROW: usize = 22;
/// How wide a narrow letter is, in tenths.
const LETTER: usize = 66;

/// Whose lifeline.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Customer,
    Scanner,
    Cashier,
    Merchant,
    Platform,
}

impl Lane {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Customer, "customer"),
        (Self::Scanner, "scanner"),
        (Self::Cashier, "cashier"),
        (Self::Merchant, "merchant"),
        (Self::Platform, "platform"),
    ];

    /// The lane of an actor as a bundle names it.
    pub(super) fn of(actor: &str) -> Self {
        Self::ALL.iter().find(|(_, name)| *name == actor).map_or(Self::Platform, |(lane, _)| *lane)
    }

    fn x(self) -> usize {
        match self {
            Self::Customer => 475,
            Self::Scanner => 570,
            Self::Cashier => 660,
            Self::Merchant => 755,
            Self::Platform => 1130,
        }
    }
}

/// A drawing that grows downwards.
pub(super) struct Drawing {
    rows: String,
    y: usize,
    left: usize,
    cut: bool,
}

impl Drawing {
    pub(super) fn new(limit: usize) -> Self {
        Self { rows: String::new(), y: 2 * ROW, left: limit, cut: false }
    }

    /// Room for a row; nothing once the drawing is full.
    fn row(&mut self) -> Option<usize> {
        if self.left == 0 {
            self.cut = true;
            return None;
        }
        self.left -= 1;
        self.y += ROW;
        Some(self.y)
    }

    pub(super) fn heading(&mut self, title: &str) {
        self.y += ROW / 2;
        if let Some(y) = self.row() {
            let _ = writeln!(self.rows, "<text class=\"kd-heading\" x=\"10\" y=\"{y}\">{}</text>", cut(title, WIDTH - 20));
        }
    }

    /// A sentence, and a mark on the lifeline of who acted or was looked at.
    pub(super) fn step(&mut self, class: &str, caption: &str, lane: Lane, time: &str) {
        let Some(y) = self.row() else { return };
        let (x, whole) = (lane.x(), text(caption));
        let _ = writeln!(
            self.rows,
            "<g class=\"{class}\"><title>{whole}</title><text x=\"10\" y=\"{y}\">{}</text><circle cx=\"{x}\" cy=\"{}\" r=\"5\"/></g>",
            cut(caption, CAPTION - 10),
            y - 4
        );
        self.time(time, y);
    }

    /// What went wrong, over the whole width.
    pub(super) fn note(&mut self, said: &str) {
        for line in wrapped(said, WIDTH - 60).into_iter().take(6) {
            if let Some(y) = self.row() {
                let _ = writeln!(self.rows, "<text class=\"kd-note\" x=\"30\" y=\"{y}\">{}</text>", text(&line));
            }
        }
    }

    /// Something asked, and what was answered.
    pub(super) fn arrow(&mut self, from: Lane, to: Lane, label: &str, answer: &str, good: bool, time: &str) {
        let Some(y) = self.row() else { return };
        let (from, to) = (from.x(), to.x());
        let (start, room) = (from.min(to), from.abs_diff(to) - 16);
        let tip = if to > from { to - 7 } else { to + 7 };
        let class = if good { "kd-call" } else { "kd-call kd-bad" };
        let _ = writeln!(
            self.rows,
            "<g class=\"{class}\"><title>{}</title><text x=\"{}\" y=\"{}\">{}</text><line x1=\"{from}\" y1=\"{y}\" x2=\"{tip}\" y2=\"{y}\"/>\
             <polygon points=\"{to},{y} {tip},{} {tip},{}\"/></g>",
            text(&format!("{label} → {answer}")),
            start + 8,
            y - 4,
            labelled(label, answer, room),
            y - 4,
            y + 4
        );
        self.time(time, y);
    }

    fn time(&mut self, time: &str, y: usize) {
        if !time.is_empty() {
            let _ = writeln!(self.rows, "<text class=\"kd-time\" x=\"{}\" y=\"{y}\">{}</text>", WIDTH - 70, cut(time, 70));
        }
    }

    /// The whole drawing as an `<svg>` element.
    pub(super) fn finish(mut self) -> String {
        if self.cut {
            self.y += ROW;
            let _ = writeln!(self.rows, "<text class=\"kd-note\" x=\"30\" y=\"{}\">… and more than is drawn</text>", self.y);
        }
        let height = self.y + ROW;
        let mut lanes = String::new();
        for (lane, name) in Lane::ALL {
            let x = lane.x();
            let _ = writeln!(
                lanes,
                "<g class=\"kd-lane\"><text x=\"{x}\" y=\"20\" text-anchor=\"middle\">{name}</text><line x1=\"{x}\" y1=\"28\" x2=\"{x}\" y2=\"{}\"/></g>",
                height - 6
            );
        }
        format!(
            "<svg class=\"kd-diagram\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {WIDTH} {height}\">\n{lanes}{}</svg>",
            self.rows
        )
    }
}

/// What was asked and answered, cut to what fits; the answer is kept as long as it can be.
fn labelled(label: &str, answer: &str, room: usize) -> String {
    let behind = format!(" → {answer}");
    let left = room.saturating_sub(text_width(&behind) * LETTER / 10);
    if left < room / 3 { cut(&format!("{label}{behind}"), room) } else { format!("{}{}", cut(label, left), text(&behind)) }
}

/// A text, escaped, cut to what fits.
fn cut(whole: &str, room: usize) -> String {
    let places = room * 10 / LETTER;
    if text_width(whole) <= places {
        return text(whole);
    }
    let mut left = places.saturating_sub(1);
    let kept = whole.chars().take_while(|character| {
        let fits = width(*character) <= left;
        left = left.saturating_sub(width(*character));
        fits
    });
    format!("{}…", text(&kept.collect::<String>()))
}

/// A text in lines that fit.
fn wrapped(whole: &str, room: usize) -> Vec<String> {
    let places = room * 10 / LETTER;
    let mut lines = vec![String::new()];
    for character in whole.chars().take(4_000) {
        let line = lines.last_mut().expect("one is always there");
        if text_width(line) + width(character) > places {
            lines.push(String::from(character));
        } else {
            line.push(character);
        }
    }
    lines
}
