//! What is wrong with a use of `#[airmail::main]`: each has one message, which says what to do.

use super::{errors, expand_main, has, one_error};
use crate::kind::Kind;

const GOOD: &str = "async fn main() {}";

#[track_caller]
fn says(options: &str, item: &str, parts: &[&str]) {
    one_error(Kind::Main, options, item, parts);
}

#[test]
fn options_that_do_not_exist() {
    let all = "(there are `flavor`, `worker_threads`, `start_paused`, `crate`, `grace`)";
    says("unhandled_panic = \"ignore\"", GOOD, &["no option is called `unhandled_panic`", all]);
    says("worker_treads = 3", GOOD, &["did you mean `worker_threads`?"]);
    says("threads", GOOD, &["no option is called `threads`"]);
}

#[test]
fn graces_that_are_none() {
    for value in ["5", "\"5\"", "\"s\"", "\"5h\"", "\"-5s\"", "\"5.5s\"", "\"99999999999999999999s\""] {
        says(&format!("grace = {value}"), GOOD, &["`grace` is a time in quotes, as in `grace = \"5s\"`"]);
    }
    says(
        "flavor = \"local\", grace = \"5s\"",
        GOOD,
        &["a local runtime has nobody to wait for", "remove `grace`"],
    );
}

#[test]
fn options_of_simulations() {
    for (option, remedy) in [
        ("seeds = 10", "`#[airmail::test(seeds = 100)]`"),
        ("seeds", "`#[airmail::test(seeds = 100)]`"),
        ("faults = Faults::legal()", "`#[airmail::test(faults = .., seeds = 100)]`"),
        ("strategy = X", "or `airmail::sim`"),
        ("sim = change", "`airmail::sim`"),
    ] {
        says(option, GOOD, &["is for a simulation", "runs in the real world; remove it", remedy]);
    }
}

#[test]
fn workers_that_cannot_be() {
    let remedy = ["only the multi-thread runtime", "remove `worker_threads`"];
    says("flavor = \"current_thread\", worker_threads = 4", GOOD, &remedy);
    says("flavor = \"local\", worker_threads = 4", GOOD, &remedy);
    says("worker_threads = 0", GOOD, &["`worker_threads` is 0", "at least 1"]);
    says("worker_threads = 1025", GOOD, &["at most 1024"]);
    says("worker_threads = \"4\"", GOOD, &["`\"4\"` is no number"]);
    says("worker_threads = 1, worker_threads = 2", GOOD, &["`worker_threads` is given twice"]);
}

#[test]
fn values_of_a_wrong_type() {
    says("flavor = 4", GOOD, &["a flavor is", "without one it is `\"multi_thread\"`"]);
    says("start_paused = 1, flavor = \"local\"", GOOD, &["`start_paused` is `true` or `false`"]);
    says("crate = airmail", GOOD, &["path in quotes"]);
}

/// Although nothing says `flavor`: tasks are on workers unless one says otherwise.
#[test]
fn a_clock_that_stands_still_needs_one_thread() {
    let remedy = "or write `flavor = \"current_thread\"`";
    says("start_paused = true", GOOD, &["several do not; remove `start_paused`", remedy]);
}

#[test]
fn functions_that_are_no_main() {
    says("", "fn main() {}", &["`async` is missing: `#[airmail::main]`", "remove `#[airmail::main]`"]);
    says("", "async fn main(n: u32) {}", &["no arguments", "`std::env::args()`"]);
    says("", "async fn main(&self) {}", &["not a main function", "`impl`"]);
    says("", "async fn main<T>() {}", &["no generic parameters"]);
    says("", "async unsafe fn main() {}", &["write the `unsafe` inside"]);
    says("", "struct Letter;", &["expected `fn`; a main function is an `async fn` with a body"]);
    says("", &format!("#[tokio::main] {GOOD}"), &["second main attribute", "remove this one"]);
}

/// Or the compiler would say that there is none, or that it must not be async.
#[test]
fn there_is_a_main_still() {
    let text = expand_main("seeds = 1", "#[cfg(unix)] async fn main(n: u32) { letter() }");
    let kept = "#[cfg(unix)] fn main() { #[allow(dead_code)] async fn main(n: u32) { letter() } }";
    assert!(has(&text, kept), "{text}");
    let other = expand_main("seeds = 1", "async fn program(n: u32) { letter() }");
    assert!(has(&other, "#[allow(dead_code)] async fn program(n: u32) { letter() }"), "{other}");
}

#[test]
fn all_is_said_at_once() {
    let found = errors(Kind::Main, "seeds = 1, flavor = 3, worker_threads = 0", "fn main(n: u32) {}");
    assert_eq!(found.len(), 5, "{found:#?}");
}
