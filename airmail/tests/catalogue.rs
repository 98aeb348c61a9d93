//! Keeps `catalogue.md` and the tests together.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rows that there must be.
const ROWS: [(char, &[u32]); 11] = [
    ('T', &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ('W', &[1, 2, 3, 4, 5, 6]),
    ('J', &[1, 2, 3, 4, 5]),
    ('A', &[1, 2, 3, 4, 5, 6]),
    ('P', &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ('R', &[1, 2, 3, 5]),
    ('S', &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ('N', &[1, 2, 3]),
    ('O', &[1, 2, 3, 4, 5, 6]),
    ('C', &[1, 2, 3, 4, 5, 6, 7]),
    ('I', &[1, 2, 3, 4, 5, 6, 7]),
];
/// What a row says that has no test for a part of it yet.
const WAITS: &str = "waits for ";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// The file that a test's name speaks of.
fn source(file: &str) -> PathBuf {
    let path = match file.split_once('/') {
        Some(("core", file)) if file.starts_with("src/") => format!("core/{file}.rs"),
        Some(("core", file)) => format!("core/tests/{file}.rs"),
        Some(("model", file)) => format!("model/src/models/{file}.rs"),
        _ => format!("airmail/tests/{file}.rs"),
    };
    root().join(path)
}

/// Each row's name and its last column.
fn rows(text: &str) -> BTreeMap<&str, &str> {
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [row, what, required, tests] = cells[..] else { panic!("four cells: {line}") };
        if row == "row" {
            continue;
        }
        assert!(!what.is_empty() && !required.is_empty(), "{line}");
        assert!(rows.insert(row, tests).is_none(), "{row} is there twice");
    }
    rows
}

/// The tests that a last column names, between backquotes.
fn names(tests: &str) -> impl Iterator<Item = (&str, &str)> {
    tests.split('`').skip(1).step_by(2).filter_map(|name| name.split_once("::"))
}

/// Every row is there, names at least one test or says what it waits for, and every test it names is a function
/// of that file that is run: a renamed or deleted test must not leave its row behind.
#[test]
fn catalogue_rows_have_tests() {
    let text = fs::read_to_string(root().join("airmail/tests/catalogue.md")).expect("it is beside this file");
    let rows = rows(&text);
    let expected: Vec<String> =
        ROWS.iter().flat_map(|(group, rows)| rows.iter().map(move |row| format!("{group}{row}"))).collect();
    assert_eq!(rows.len(), expected.len(), "{:?}", rows.keys());
    for row in &expected {
        let tests = rows.get(&**row).unwrap_or_else(|| panic!("{row} is missing"));
        let waits = tests.split_once(WAITS).is_some_and(|(_, what)| !what.is_empty());
        assert!(waits || names(tests).next().is_some(), "{row} has no test and waits for nothing: {tests}");
        for (file, function) in names(tests) {
            let source = source(file);
            let code = fs::read_to_string(&source).unwrap_or_else(|error| panic!("{row}: {file}: {error}"));
            let called = [format!("fn {function}()"), format!("fn {function}<")];
            assert!(
                called.iter().any(|name| code.contains(name)),
                "{row}: no `{function}` in {}",
                source.display()
            );
        }
    }
}

/// The suite's tests are run for each executor, so each must stand in a list of `conformance/main.rs`.
#[test]
fn every_test_of_the_suite_is_in_a_list() {
    let folder = root().join("airmail/tests/conformance");
    let lists = fs::read_to_string(folder.join("main.rs")).expect("it is there");
    let mut tests = 0;
    for file in ["basics", "waking", "order", "real"] {
        let code = fs::read_to_string(folder.join(file).with_extension("rs")).expect("it is there");
        for line in code.lines().filter_map(|line| line.strip_prefix("pub(crate) fn ")) {
            let (name, _) = line.split_once('<').expect("generic over the executor");
            assert!(lists.contains(&format!("        {name},\n")), "{file}::{name} is in no list");
            assert!(lists.contains(&format!("        {name}: ")), "{file}::{name} is not simulated");
            tests += 1;
        }
    }
    assert!(tests >= 30, "{tests} tests");
}
