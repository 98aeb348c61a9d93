//! Which allocator everybody uses: one for the whole program, chosen when it is built.

use crate::cli::Exit;
use clap::ValueEnum;
use serde::Serialize;
use std::env;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Set in the program that this program starts in its place, so that it does so once only.
const AGAIN: &str = "AIRMAIL_BENCH_AGAIN";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Allocator {
    /// The system's.
    Glibc,
    Mimalloc,
}

impl Allocator {
    /// The one that this program was built with.
    pub(crate) const BUILT: Allocator =
        if cfg!(feature = "mimalloc") { Allocator::Mimalloc } else { Allocator::Glibc };

    /// What `--alloc` calls it.
    fn word(self) -> &'static str {
        match self {
            Allocator::Glibc => "glibc",
            Allocator::Mimalloc => "mimalloc",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Allocator::Glibc => "the system's (--alloc glibc)",
            Allocator::Mimalloc => "mimalloc (--alloc mimalloc)",
        }
    }
}

/// Goes on if this program has the allocator that is asked for. If not, cargo builds the other program, which takes
/// the place of this one.
pub(crate) fn ensure(wanted: Option<Allocator>) -> Result<(), Exit> {
    let Some(wanted) = wanted.filter(|wanted| *wanted != Allocator::BUILT) else { return Ok(()) };
    if env::var_os(AGAIN).is_some() {
        return Err(Exit::Failed(format!(
            "this program was built to have {} and has {}; to build the other one: {}",
            wanted.word(),
            Allocator::BUILT.word(),
            by_hand(wanted)
        )));
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let error = Command::new(cargo)
        .args(build(wanted))
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "--"])
        .args(env::args_os().skip(1))
        .env(AGAIN, "1")
        .exec();
    let what = if error.kind() == io::ErrorKind::NotFound {
        "there is no cargo here".into()
    } else {
        error.to_string()
    };
    Err(Exit::Failed(format!(
        "this program has {}, and the one with {} cannot be built: {what}; with cargo: {}",
        Allocator::BUILT.word(),
        wanted.word(),
        by_hand(wanted)
    )))
}

/// What cargo is asked for.
fn build(wanted: Allocator) -> Vec<&'static str> {
    let mut arguments = vec!["run", "-p", "airmail-bench"];
    if !cfg!(debug_assertions) {
        arguments.push("--release");
    }
    if wanted == Allocator::Mimalloc {
        arguments.extend(["--features", "mimalloc"]);
    }
    arguments
}

fn by_hand(wanted: Allocator) -> String {
    format!("cargo {} -- ...", build(wanted).join(" "))
}
