//! Plays the matrix of defects against a running platform and prints every row. With a folder it also records what was seen,
//! for conformance's own tests: `cargo run -p kabao-conformance --example matrix -- http://127.0.0.1:8600 conformance/tests/runs`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use conformance::matrix::{Row, matrix};
use conformance::practice::Defect;
use conformance::report::{Report, Reporter, Terminal};
use scenarios::Run;
use scenarios::telling::{Paint, tell};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8600".to_owned());
    let folder = arguments.next();
    let rows = matrix(&address).await.unwrap_or_else(|why| panic!("{why}"));
    for row in &rows {
        print(row);
        if let Some(folder) = &folder {
            let whole = row.runs.iter().cloned().reduce(Run::and).unwrap_or_default();
            let text = serde_json::to_string(&whole).expect("a bundle is plain data");
            std::fs::write(format!("{folder}/{}.json", name(row)), text + "\n").unwrap_or_else(|error| panic!("{folder}: {error}"));
        }
    }
    let wrong = rows.iter().filter(|row| !row.problems.is_empty()).count();
    println!("{} rows, {wrong} not as they should be", rows.len());
    std::process::exit(i32::from(wrong > 0));
}

fn name(row: &Row) -> &'static str {
    row.defect.map_or("sound", Defect::name)
}

fn print(row: &Row) {
    println!("\n=== {}", name(row));
    for run in &row.runs {
        println!("{}", tell(run, Paint::Terminal));
    }
    println!("{}", Terminal { paint: Paint::Terminal, ..Terminal::default() }.report(&Report { runs: &row.runs, judged: &row.judged }));
    for problem in &row.problems {
        println!("  !! {problem}");
    }
}
