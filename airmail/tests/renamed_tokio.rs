//! `examples/renamed_tokio`, a program for tokio whose dependency was renamed, is built and run as the package that it is.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// With the versions of the workspace, offline if that is possible.
fn run(program: &Path) -> Output {
    let airmail = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(airmail.join("../Cargo.lock"), program.join("Cargo.lock"))
        .expect("the example's folder is writable");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = |offline: &[&str]| {
        Command::new(&cargo)
            .args(["run", "--quiet", "--color=never"])
            .args(offline)
            .current_dir(program)
            // The workspace's own: what both use is not built twice.
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join(".."))
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo can be run")
    };
    let output = run(&["--offline"]);
    if output.status.success() { output } else { run(&[]) }
}

#[test]
fn a_program_for_tokio_runs_with_its_dependency_renamed() {
    let output = run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/renamed_tokio"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "1 lift-off \n2 1 lift-off \n3 2 1 lift-off \nand on a thread that may block: 5050\n"
    );
}
