//! Sandboxes as files: whole or refused, and nothing left behind by a refused one.

use crate::shop::{engine, open, open_card, points, shop, state_points};
use log::{Log, Memory};
use std::sync::Arc;

#[test]
fn an_export_is_read_back_as_the_same_sandbox_and_repeats_byte_for_byte() {
    let play = || {
        let log = Arc::new(Memory::new());
        let engine = engine(&log);
        let sandbox = open(&engine, "1", 7);
        open_card(&sandbox, 1);
        state_points(&sandbox, 1, "35");
        let export = engine.export(&sandbox).unwrap();
        (engine, export)
    };
    let ((engine, first), (_, second)) = (play(), play());
    assert_eq!(first, second);
    assert!(first.contains("card_restated") && !first.contains("real"));
    engine.drop_sandbox("1").unwrap();
    let back = engine.import("copy", &first).unwrap();
    assert_eq!(points(&back, 1).as_deref(), Some("35"));
    assert_eq!(engine.export(&back).unwrap().replace("\"copy\"", "\"1\""), first);
}

#[test]
fn an_export_that_was_tampered_with_makes_no_sandbox() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 7);
    open_card(&sandbox, 1);
    state_points(&sandbox, 1, "35");
    let export = engine.export(&sandbox).unwrap();
    engine.drop_sandbox("1").unwrap();
    for broken in [
        export.replace("card_restated", "card_upgraded"),
        export.replacen("\"rows\":[\"01", "\"rows\":[\"07", 1),
        export[..export.len() - 40].to_owned(),
        String::new(),
    ] {
        assert!(engine.import("copy", &broken).is_err());
        assert!(engine.sandbox("copy").is_err());
    }
    engine.import("copy", &export).unwrap();
}

#[test]
fn the_same_application_cannot_live_in_two_sandboxes() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 7);
    let export = engine.export(&sandbox).unwrap();
    assert!(engine.import("twin", &export).is_err());
    assert_eq!(engine.names(), ["1"]);
    assert!(log.sandboxes().unwrap().len() == 1, "the refused twin was left behind in the log");
}

#[test]
fn imports_and_creations_of_one_name_leave_one_whole_sandbox() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 7);
    for number in 0..50 {
        open_card(&sandbox, number);
    }
    let export = engine.export(&sandbox).unwrap();
    engine.drop_sandbox("1").unwrap();
    for round in 0..20 {
        std::thread::scope(|scope| {
            let import = || engine.import("x", &export).is_ok();
            let create = || {
                let (new, found) = shop("x", 9);
                engine.create(&new, found).is_ok()
            };
            let racers = [scope.spawn(import), scope.spawn(import), scope.spawn(create)];
            let made = racers.into_iter().map(|racer| racer.join().unwrap()).filter(|made| *made).count();
            assert_eq!(made, 1, "round {round}: several makers believe the sandbox is theirs");
        });
        let live = engine.sandbox("x").unwrap().look(|world, _| world.customers().len());
        let stored = crate::shop::engine(&log).sandbox("x").unwrap().look(|world, _| world.customers().len());
        assert_eq!(live, stored, "round {round}: what is served is not the fold of its log");
        assert!(live == 50 || live == 0, "round {round}: {live} customers");
        // the second engine took the sandbox over, so the first one can only forget it
        engine.drop_sandbox("x").unwrap();
    }
}

#[test]
fn a_file_that_was_cut_or_lost_a_line_makes_no_sandbox() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 7);
    open_card(&sandbox, 1);
    state_points(&sandbox, 1, "35");
    let export = engine.export(&sandbox).unwrap();
    engine.drop_sandbox("1").unwrap();
    let lines: Vec<&str> = export.lines().collect();
    for kept in 1..lines.len() {
        let cut = lines[..kept].join("\n");
        let refused =
            engine.import("copy", &cut).err().unwrap_or_else(|| panic!("{kept} of {} lines were taken for a sandbox", lines.len()));
        assert!(refused.to_string().contains("line"), "{refused}");
    }
    for gone in 1..lines.len() - 1 {
        let holed: Vec<&str> = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line).collect();
        let refused = engine.import("copy", &holed.join("\n")).err().unwrap_or_else(|| panic!("line {} was not missed", gone + 1));
        // the last event is missed by the count alone
        let named = format!("line {}: event {gone} follows here", gone + 1);
        assert!(gone == lines.len() - 2 || refused.to_string().starts_with(&named), "{refused}");
    }
    assert_eq!(log.sandboxes().unwrap(), [], "a refused file left something behind");
    assert_eq!(points(&engine.import("copy", &export).unwrap(), 1).as_deref(), Some("35"));
}

#[test]
fn a_picture_is_carried_along_and_counted_once() {
    let log = Arc::new(Memory::new());
    let first = engine(&log);
    let sandbox = open(&first, "1", 7);
    let blob = log::Blob::new(vec![7; 3_000]);
    for id in ["a", "b"] {
        let image = world::image::Image {
            id: id.into(),
            merchant: "2088000000000001".into(),
            name: id.to_owned(),
            format: "png".to_owned(),
            size: 3_000,
            hash: blob.hash().to_string(),
        };
        let ran = sandbox.run(|call| {
            call.keep(blob.clone());
            call.record(image);
        });
        ran.unwrap().settled_blocking().unwrap();
    }
    let export = first.export(&sandbox).unwrap();
    assert_eq!(export.matches("\"blob\"").count(), 1);
    let elsewhere = Arc::new(Memory::new());
    let second = engine(&elsewhere);
    second.import("1", &export).unwrap();
    assert_eq!(elsewhere.blob(blob.hash()).unwrap().as_ref(), Some(blob.bytes()));
    assert_eq!(second.export(&second.sandbox("1").unwrap()).unwrap(), export);
}

#[test]
fn a_sandbox_dropped_while_it_is_written_gives_no_whole_file() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 7);
    for number in 0..1_000 {
        open_card(&sandbox, number);
    }
    let mut text = Vec::new();
    let written = engine.exporting(&sandbox).unwrap().write(&mut |piece| {
        if text.is_empty() {
            engine.drop_sandbox("1").unwrap();
        }
        text.extend_from_slice(&piece);
        std::ops::ControlFlow::Continue(())
    });
    assert!(written.is_err());
    assert!(engine.import("1", &String::from_utf8(text).unwrap()).is_err());
}
