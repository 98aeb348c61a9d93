//! The layers of ARCHITECTURE.md: a module imports from its own row or from a lower one.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder exists") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Module name to row, from the table under "## Layers".
fn rows() -> HashMap<String, u32> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("readable");
    let table = page.split("## Layers").nth(1).expect("the section exists");
    let mut rows = HashMap::new();
    for line in table.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let Some(Ok(row)) = cells.next().map(str::parse) else { continue };
        for module in cells.next().expect("two cells").split(", ") {
            rows.insert(module.trim_matches('`').to_owned(), row);
        }
    }
    rows
}

#[test]
fn modules_import_downwards_only() {
    let rows = rows();
    let src = root().join("airmail/src");
    let mut wrong = Vec::new();
    let mut checked = 0;
    for file in sources(&src) {
        let inside = file.strip_prefix(&src).expect("below src");
        let module = inside.components().next().expect("a name").as_os_str().to_string_lossy();
        let module = module.trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let Some(own) = rows.get(module) else { panic!("`{module}` is in no row of ARCHITECTURE.md") };
        for line in fs::read_to_string(&file).expect("readable").lines() {
            let Some(import) = line.trim().strip_prefix("use crate::") else { continue };
            let other = import.split(&[':', ';'][..]).next().expect("a name");
            let Some(theirs) = rows.get(other) else { panic!("`{other}` is in no row of ARCHITECTURE.md") };
            checked += 1;
            if theirs > own {
                wrong.push(format!("{}: `{line}` imports upwards", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked > 10, "only {checked} imports were found: does the test still read them?");
}

#[test]
fn files_and_rows_agree() {
    let src = root().join("airmail/src");
    for module in rows().keys() {
        let exists = src.join(module).is_dir() || src.join(format!("{module}.rs")).is_file();
        assert!(exists, "ARCHITECTURE.md names the module `{module}`, which does not exist");
    }
}

/// No file of the product over 400 lines. (Functions over 60 are clippy's business.)
#[test]
fn files_are_short() {
    for folder in ["airmail/src", "bench/src", "core/src", "lesson/src", "cli/src", "macros/src", "model/src"]
    {
        for file in sources(&root().join(folder)) {
            let lines = fs::read_to_string(&file).expect("readable").lines().count();
            assert!(lines <= 400, "{} has {lines} lines", file.display());
        }
    }
}

/// Core's files that the models compile name no synchronisation of the standard library.
#[test]
fn core_names_its_own_sync() {
    let src = root().join("core/src");
    for folder in ["task", "queue", "scope", "timer", "ready"] {
        for file in sources(&src.join(folder)).into_iter().filter(|file| !file.ends_with("tests.rs")) {
            let text = fs::read_to_string(&file).expect("readable");
            let text = text.split("#[cfg(test)]").next().expect("a first part");
            assert!(!text.contains("std::sync::atomic"), "{} names std's atomics", file.display());
            assert!(!text.contains("std::cell::UnsafeCell"), "{} names std's cell", file.display());
        }
    }
}

/// So do the runtime's files that the models compile.
#[test]
fn the_runtimes_protocols_name_their_own_sync() {
    let text = fs::read_to_string(root().join("airmail/src/driver/parker.rs")).expect("readable");
    assert!(text.contains("use crate::sync::atomic::") && !text.contains("std::thread"), "it names std's");
    let text = fs::read_to_string(root().join("airmail/src/blocking/crew.rs")).expect("readable");
    assert!(text.contains("use crate::sync::"));
    assert!(!text.contains("std::sync") && !text.contains("std::thread"), "it names std's");
}

/// Every `SAFETY` comment of core cites a rule, and every rule that is cited is written down.
#[test]
fn safety_comments_cite_rules() {
    let src = root().join("core/src");
    let rules = fs::read_to_string(src.join("task/mod.rs")).expect("readable");
    let mut cited = 0;
    for file in sources(&src) {
        let text = fs::read_to_string(&file).expect("readable");
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("// SAFETY: ")) {
            let is_rule = |word: &&str| {
                let (kind, number) = word.split_at(word.len().min(1));
                "ALRSPT".contains(kind)
                    && !number.is_empty()
                    && number.bytes().all(|byte| byte.is_ascii_digit())
            };
            let words = line.split(|c: char| !c.is_alphanumeric()).filter(is_rule);
            let mut none = true;
            for rule in words {
                let place = file.display();
                assert!(rules.contains(&format!("**{rule}**")), "{place} cites {rule}, which is no rule");
                (none, cited) = (false, cited + 1);
            }
            assert!(!none, "{}: `{line}` cites no rule", file.display());
        }
    }
    assert!(cited > 60, "only {cited} citations: does the test still read them?");
}

/// The files that ARCHITECTURE.md lists under "Where unsafe lives" are those that have any.
#[test]
fn unsafe_lives_where_the_page_says() {
    let src = root().join("core/src");
    let holds =
        |text: &str| ["unsafe {", "unsafe fn", "unsafe impl"].iter().any(|found| text.contains(found));
    let mut real: Vec<_> = sources(&src)
        .into_iter()
        .filter(|file| holds(&fs::read_to_string(file).expect("readable")))
        .map(|file| file.strip_prefix(&src).expect("below src").display().to_string())
        .collect();
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("readable");
    let section = page.split("## Where unsafe lives").nth(1).expect("the section exists");
    let table = section.split("\n## ").next().expect("it ends").lines().filter(|line| line.starts_with('|'));
    let mut told: Vec<_> =
        table.flat_map(|line| line.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
    real.sort();
    told.sort();
    assert_eq!(told, real);
}
