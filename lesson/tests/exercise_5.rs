//! # Exercise 5: what must not compile
//!
//! A spawned future is `'static`, because it may outlive the function that spawned it. It is `Send`, because it
//! may be polled on another thread. The four files in `does_not_compile/` break one of the two rules each:
//!
//! | file | what the task does | what the compiler says |
//! |---|---|---|
//! | `borrowed_local.rs` | uses a local variable of its spawner | E0373 |
//! | `borrowed_reference.rs` | takes along a reference to one | E0597 |
//! | `rc_across_await.rs` | keeps an `Rc` across an `.await` | cannot be sent between threads safely |
//! | `guard_across_await.rs` | keeps a `MutexGuard` across an `.await` | cannot be sent between threads safely |
//!
//! For each one: which rule does it break, and what could go wrong if it compiled? Repair it, in the file of the
//! same name in `compiles/`, which now holds the worked answer.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

const SAMPLES: [(&str, &str); 4] = [
    ("borrowed_local", "error[E0373]"),
    ("borrowed_reference", "error[E0597]"),
    ("rc_across_await", "cannot be sent between threads safely"),
    ("guard_across_await", "cannot be sent between threads safely"),
];

// ---- The tests ----

#[test]
fn the_samples_do_not_compile() {
    let dir = compile_the_lesson("broken");
    for (name, expected) in SAMPLES {
        let output =
            compile(&dir, &format!("tests/does_not_compile/{name}.rs"), &["--extern=airmail_lesson"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name} compiles");
        assert!(errors.contains(expected), "{name}: no {expected:?} in\n{errors}");
        assert!(errors.contains("due to 1 previous error"), "{name} has another fault as well:\n{errors}");
    }
}

#[test]
fn the_worked_answers_compile() {
    let dir = compile_the_lesson("repaired");
    for (name, _) in SAMPLES {
        let output = compile(&dir, &format!("tests/compiles/{name}.rs"), &["--extern=airmail_lesson"]);
        assert!(output.status.success(), "{name}:\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

// ---- The compiler ----

/// The samples say `use airmail_lesson::Executor`, so the library comes first, into a directory of its own.
fn compile_the_lesson(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("exercise_5_{test}"));
    fs::create_dir_all(&dir).unwrap();
    let output = compile(&dir, "src/lib.rs", &["--crate-type=lib", "--crate-name=airmail_lesson"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    dir
}

fn compile(dir: &Path, file: &str, options: &[&str]) -> Output {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Command::new(rustc)
        .args(["--edition=2024", "--emit=metadata", "--color=never", "--out-dir"])
        .arg(dir)
        .arg("-L")
        .arg(dir)
        .args(options)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
        .output()
        .expect("rustc can be run")
}
