//! Names on the pages exist: every `file.rs::name` and every linked file.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect("readable")
}

/// What stands between backticks.
fn code_spans(page: &str) -> impl Iterator<Item = &str> {
    page.split('`').skip(1).step_by(2)
}

/// `true` if the file defines something of this name.
fn defines(text: &str, name: &str) -> bool {
    ["fn", "struct", "enum", "trait", "const", "static", "type"].iter().any(|kind| {
        text.match_indices(&format!("{kind} {name}")).any(|(at, found)| {
            let next = text[at + found.len()..].chars().next().unwrap_or(' ');
            !next.is_alphanumeric() && next != '_'
        })
    })
}

#[test]
fn every_place_in_the_tour_exists() {
    let tour = page("ARCHITECTURE.md");
    let mut places = 0;
    for span in code_spans(&tour) {
        let Some((file, name)) = span.split_once(".rs::") else { continue };
        let file = format!("{file}.rs");
        let text = fs::read_to_string(root().join(&file))
            .unwrap_or_else(|error| panic!("ARCHITECTURE.md names {file}, which cannot be read: {error}"));
        assert!(defines(&text, name), "ARCHITECTURE.md says `{span}`, but {file} defines no `{name}`");
        places += 1;
    }
    assert!(places >= 40, "only {places} places were found: does the test still read the page?");
}

#[test]
fn every_link_leads_somewhere() {
    for name in
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs/testing.md"]
    {
        let text = page(name);
        let file = root().join(name);
        let folder = file.parent().expect("a file is in a folder");
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().expect("a closing bracket");
            if !target.contains("://") {
                assert!(folder.join(target).exists(), "{name} links to {target}, which does not exist");
            }
        }
        for script in code_spans(&text).filter(|span| span.starts_with("ci/") || *span == ".ci/run") {
            assert!(root().join(script).exists(), "{name} names {script}, which does not exist");
        }
    }
}
