//! What must not compile, with a twin that must: `does_not_compile/x.rs` and `compiles/x.rs`.
//!
//! Line 1 of each sample in `does_not_compile` is `//! ` and a text that the compiler must say about that file,
//! maybe with the place.
//! All samples are the programs of one package, so one `cargo check` looks at them all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// At least so many samples there must be.
const SAMPLES: usize = 36;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The samples of a folder: name and text.
fn samples(name: &str) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder(name)).expect("it is in the repository");
    let sample = |file: fs::DirEntry| {
        let name = file.path().file_stem().expect("a file").to_string_lossy().into_owned();
        (name, fs::read_to_string(file.path()).expect("text"))
    };
    files.map(|file| sample(file.expect("readable"))).collect()
}

/// A package whose programs are all the samples.
fn package() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    let programs = dir.join("src/bin");
    let _ = fs::remove_dir_all(&programs);
    fs::create_dir_all(&programs).expect("the target folder is writable");
    let airmail = env!("CARGO_MANIFEST_DIR");
    let manifest = format!(
        "[package]\nname = \"samples\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nairmail = {{ path = {airmail:?}, features = [\"full\"] }}\n"
    );
    fs::write(dir.join("Cargo.toml"), manifest).expect("writable");
    let lock = Path::new(airmail).join("../Cargo.lock");
    let _ = fs::copy(lock, dir.join("Cargo.lock"));
    for (kind, prefix) in [("does_not_compile", "bad"), ("compiles", "good")] {
        for (name, text) in samples(kind) {
            fs::write(programs.join(format!("{prefix}_{name}.rs")), text).expect("writable");
        }
    }
    dir
}

/// What the compiler says of all the samples together, offline if that is possible.
fn check(dir: &Path) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut said = String::new();
    for offline in [&["--offline"][..], &[]] {
        let output = Command::new(&cargo)
            // As tests, or what is marked as one would be left out.
            .args([
                "check",
                "--bins",
                "--profile=test",
                "--keep-going",
                "--color=never",
                "--message-format=short",
            ])
            .args(offline)
            .current_dir(dir)
            // Beside the tests' own target folder, whose lock may be held.
            .env("CARGO_TARGET_DIR", dir.join("target"))
            .env_remove("RUSTFLAGS")
            .output();
        said = String::from_utf8_lossy(&output.expect("cargo can be run").stderr).into_owned();
        if said.contains("could not compile `samples`") {
            break;
        }
    }
    said
}

/// The errors of each file, by its name: a line each, `src/bin/name.rs:8:24: error[E0277]: ...`.
fn by_file(said: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut files = BTreeMap::<_, Vec<_>>::new();
    for line in said.lines() {
        let Some((file, place)) = line.strip_prefix("src/bin/").and_then(|line| line.split_once(".rs:"))
        else {
            continue;
        };
        if place.contains(": error") {
            files.entry(file).or_default().push(place);
        }
    }
    files
}

/// Each sample fails with the error it names, and with no other; each twin compiles.
#[test]
fn samples_fail_as_they_say_and_their_twins_compile() {
    let (bad, good) = (samples("does_not_compile"), samples("compiles"));
    assert!(bad.len() >= SAMPLES, "{} samples", bad.len());
    assert!(bad.keys().eq(good.keys()), "each sample has a twin: {:?} {:?}", bad.keys(), good.keys());
    let said = check(&package());
    let errors = by_file(&said);
    for (name, text) in &bad {
        let expected = text.lines().next().and_then(|line| line.strip_prefix("//! ")).expect("line 1");
        let messages =
            errors.get(&*format!("bad_{name}")).unwrap_or_else(|| panic!("{name} compiles\n{said}"));
        let [message] = &messages[..] else { panic!("{name} has several errors: {messages:#?}") };
        let parts = expected.split(": ").all(|part| message.contains(part));
        assert!(parts, "{name}: expected {expected:?}, got\n{message}");
    }
    for name in good.keys() {
        assert_eq!(errors.get(&*format!("good_{name}")), None, "{name} must compile");
    }
    // Without this, a package that is not checked at all would pass as "the twins compile".
    let failed = said.matches("error: could not compile `samples`").count();
    assert_eq!(failed, bad.len(), "programs that failed\n{said}");
}
