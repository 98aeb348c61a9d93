//! The program as its users start it.

use serde_json::Value;
use std::fs;
use std::process::{Command, Output};

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_airmail-bench")).args(arguments).output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// It ends with `code`, says something on stderr with all of `parts` in it, and nothing on stdout.
fn refused(arguments: &[&str], code: i32, parts: &[&str]) {
    let output = bench(arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    for part in parts {
        assert!(said.contains(part), "{arguments:?}: {part:?} is not in {said:?}");
    }
}

fn answered(arguments: &[&str]) -> String {
    let output = bench(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn wrong_arguments_are_refused() {
    refused(&["local", "--rounds", "0"], 2, &["--rounds", "a median needs at least one round"]);
    refused(
        &["local", "--only", "spwan"],
        2,
        &["\"spwan\"", "spawn+join; batch", "airmail local", "compio; nio"],
    );
    refused(&["local", "--only", ""], 2, &["--only"]);
    refused(&["memory", "--only", "batch"], 2, &["\"batch\"", "tokio LocalSet"]);
    refused(&["memory", "--tasks", "10"], 2, &["--tasks", "at least 1000"]);
    refused(&["run", "nobody", "batch", "1"], 2, &["\"nobody\"", "compio; nio"]);
    refused(&["run", "compio", "walk", "1"], 2, &["\"walk\"", "spawn+join; batch"]);
    refused(&["local", "--alloc", "jemalloc"], 2, &["jemalloc", "glibc", "mimalloc"]);
    refused(&["multi", "--workers", "0"], 2, &["--workers", "somebody has to work"]);
    refused(&["multi", "--only", "spwan"], 2, &["\"spwan\"", "chained; outside 1", "tokio multi-thread; "]);
    refused(&["sing"], 2, &["sing"]);
}

#[test]
fn without_a_command_there_is_help() {
    let help = answered(&[]);
    for command in ["local", "multi", "memory", "simulation", "page", "run"] {
        assert!(help.contains(command), "{help}");
    }
    assert!(!help.contains("idle-child"), "{help}");
}

/// Tests are not built for release.
#[test]
fn a_page_needs_a_release_build() {
    if cfg!(debug_assertions) {
        refused(&["page", "--quick"], 1, &["release build"]);
    }
}

#[test]
fn the_other_allocator_needs_cargo() {
    let other = if cfg!(feature = "mimalloc") { "glibc" } else { "mimalloc" };
    let start = |variable: &str, value: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_airmail-bench"))
            .args(["local", "--alloc", other])
            .env("CARGO", "/nowhere/cargo")
            .env(variable, value)
            .output()
            .expect("it starts");
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr)
    };
    let said = start("CARGO", "/nowhere/cargo");
    assert!(said.contains("there is no cargo here") && said.contains("cargo run "), "{said}");
    // Started in the other one's place, and still the wrong one: it does not try again.
    let said = start("AIRMAIL_BENCH_AGAIN", "1");
    assert!(said.contains("this program was built to have"), "{said}");
}

#[test]
fn one_contestant_runs_alone() {
    assert_eq!(answered(&["run", "airmail local", "spawn", "1"]), "");
}

#[test]
fn a_race_has_a_table_json_and_a_chart() {
    let only = ["--rounds", "1", "--only", "ping,LocalPool"];
    let table = answered(&[&["local"], &only[..]].concat());
    assert!(table.contains("airmail current-thread") && table.contains("futures LocalPool"), "{table}");
    assert!(!table.contains("tokio") && !table.contains("skynet"), "{table}");
    assert!(!table.contains('\x1b'), "{table}");

    let chart = format!("{}/chart.svg", env!("CARGO_TARGET_TMPDIR"));
    let json = answered(&[&["local", "--json", "--svg", &chart], &only[..]].concat());
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["rows"][0]["times"].as_array().map(Vec::len), Some(5));
    let time = &json["rows"][0]["times"][3];
    assert_eq!((&time["name"], &time["kind"]), (&"futures LocalPool".into(), &"peer".into()));
    assert!(time["median"].as_f64() > Some(0.0) && time["least"] == time["most"], "{time}");
    assert_eq!(json["machine"]["allocator"], if cfg!(feature = "mimalloc") { "mimalloc" } else { "glibc" });
    assert!(json["machine"]["versions"]["futures"].is_string(), "{json}");
    let chart = fs::read_to_string(&chart).expect("the chart is there");
    assert!(chart.starts_with("<svg ") && chart.ends_with("</svg>\n"), "{chart}");
}

/// One load and one probe, with the floor that only the probe has.
#[test]
fn several_workers_have_tables_and_json() {
    let only = ["--rounds", "1", "--idle", "1", "--only", "chained,built,wake lat,tokio"];
    let text = answered(&[&["multi"], &only[..]].concat());
    for part in ["tokio multi-thread", "CPU ns per operation", "wake p99.9", "floor", "1 s idle", "2 workers"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("nio multi-thread") && !text.contains("pipeline"), "{text}");

    let json = answered(&[&["multi", "--json", "--workers", "3"], &only[..]].concat());
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["workers"], 3);
    let measures: Vec<_> =
        json["sections"].as_array().expect("sections").iter().map(|s| &s["measure"]).collect();
    assert_eq!(measures, ["time", "microseconds", "processor_time"]);
    let rows = json["sections"][0]["rows"].as_array().expect("rows");
    let questions: Vec<_> = rows.iter().map(|row| &row["question"]).collect();
    assert_eq!(questions, ["chained", "wake p50", "wake p99", "wake p99.9"]);
    assert!(json["idle"][0]["idle"]["busy"].is_number(), "{json}");
}

/// A task cannot take less than its future, and what a runtime adds is a few hundred bytes.
#[test]
fn idle_tasks_take_what_they_hold() {
    let json = answered(&["memory", "--json", "--tasks", "20000"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let rows = json["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 14);
    for row in rows {
        let cells = row["cells"].as_array().expect("cells");
        assert_eq!(cells.len(), 4, "{row}");
        for cell in cells {
            assert!(cell["missing"].is_null(), "{row}");
            let future = cell["future_bytes"].as_f64().expect("a size");
            let bytes = cell["bytes_per_idle_task"].as_f64().expect("a figure");
            assert!((future..3.0 * future + 1_000.0).contains(&bytes), "{row}");
            assert!(cell["after_mib"].as_f64() <= cell["peak_mib"].as_f64().map(|peak| peak + 1.0), "{row}");
        }
    }
}
