//! The calls that lead to here, as a person wants to read them.

use std::backtrace::Backtrace;
use std::env;

/// So many calls are kept.
const MOST: usize = 6;

/// Whose calls say nothing to the reader.
const INNER: &[&str] = &[
    "std::",
    "core::",
    "alloc::",
    "airmail::sim::",
    "airmail::context::",
    "airmail::timers::",
    "airmail::local::",
    "airmail::scheduler::",
    "airmail::time::timer::",
    "airmail::test::",
    "airmail_core::",
    "airmail::task::join_set::children::",
    "rust_",
    "__rust",
];

/// Where a poll begins: what is behind it is the runtime's.
const OUTERMOST: &str = "airmail_core::task::cell::";

/// The calls of the current poll, innermost first, without those that are nobody's business.
pub(super) fn here() -> Vec<String> {
    frames(&Backtrace::force_capture().to_string())
}

/// A backtrace is printed as lines `n: function` and `at file:line:column`.
fn frames(trace: &str) -> Vec<String> {
    let here = env::current_dir().map(|dir| format!("{}/", dir.display())).unwrap_or_default();
    let mut frames = Vec::new();
    let mut lines = trace.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some((number, function)) = line.split_once(": ") else { continue };
        if number.parse::<u32>().is_err() {
            continue;
        }
        let at = lines.next_if(|next| next.starts_with("at ")).map(|at| &at["at ".len()..]);
        if function.contains(OUTERMOST) || frames.len() == MOST {
            break;
        }
        // `<T as Trait>::name`, `<&T>::name`, `<T>::name`: what counts is `T`.
        let of = function.trim_start_matches(['<', '&']);
        if INNER.iter().any(|inner| of.starts_with(inner)) {
            continue;
        }
        let at = at.map(|at| short(at, &here));
        frames.push(at.map_or_else(|| plain(function), |at| format!("{} at {at}", plain(function))));
    }
    frames
}

/// Files of this package from its folder on, those of others from the name of their package on.
fn short<'a>(at: &'a str, here: &str) -> &'a str {
    let package = |at: &'a str| at.split_once("/registry/src/")?.1.split_once('/').map(|(_, path)| path);
    at.strip_prefix("./").or_else(|| at.strip_prefix(here)).or_else(|| package(at)).unwrap_or(at)
}

/// Without the hash that some compilers put behind a name, and without the braces of closures.
fn plain(function: &str) -> String {
    let name = match function.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => name,
        _ => function,
    };
    let name = name.replace("::{{closure}}", "").replace("::{closure#0}", "");
    // Newer names have `<T>::name` where older ones have `T::name`.
    match name.strip_prefix('<').and_then(|inner| inner.rsplit_once(">::")) {
        Some((of, name)) if !of.contains(" as ") => format!("{of}::{name}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_person_wants_to_read_is_left() {
        let trace = "   0: std::backtrace::Backtrace::force_capture\n             at /rustc/x/backtrace.rs:1:2\n   \
                     1: airmail::sim::frames::here\n             at ./src/sim/frames.rs:3:4\n   \
                     2: bank::lock::{{closure}}::h0123456789abcdef\n             at ./tests/bank.rs:17:9\n   \
                     3: <F as core::future::Future>::poll\n             at /x/registry/src/host-1/f-1.0/src/f.rs:5:6\n   \
                     4: airmail_core::task::cell::poll_inline\n   5: bank::main\n";
        assert_eq!(
            frames(trace),
            ["bank::lock at tests/bank.rs:17:9", "<F as core::future::Future>::poll at f-1.0/src/f.rs:5:6"]
        );
    }

    #[test]
    fn a_trace_is_taken() {
        assert!(here().iter().all(|frame| !frame.contains("sim::frames::here")));
    }
}
