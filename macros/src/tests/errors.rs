//! Each wrong use has one message, which says what to do.

use super::{errors, expand, has, one_error};
use crate::kind::Kind;

const GOOD: &str = "async fn arrives() {}";

#[track_caller]
fn says(options: &str, item: &str, parts: &[&str]) {
    one_error(Kind::Test, options, item, parts);
}

#[test]
fn options_that_do_not_exist() {
    let all = [
        "`flavor`",
        "`worker_threads`",
        "`start_paused`",
        "`crate`",
        "`seeds`",
        "`faults`",
        "`strategy`",
        "`sim`",
        "no option",
    ];
    says("unhandled_panic = \"ignore\"", GOOD, &all);
    says("seed = 3", GOOD, &["called `seed`; did you mean `seeds`?"]);
    says("start_pasued = true", GOOD, &["did you mean `start_paused`?"]);
    says("flavour = \"current_thread\"", GOOD, &["did you mean `flavor`?"]);
    says("paused", GOOD, &["no option is called `paused` (there are"]);
}

#[test]
fn workers_where_there_are_none() {
    let remedy = ["only the multi-thread runtime", "`flavor = \"multi_thread\"`", "remove `worker_threads`"];
    says("worker_threads = 4", GOOD, &remedy);
    says("worker_threads = 4, flavor = \"current_thread\"", GOOD, &remedy);
    says("worker_threads = 4, flavor = \"local\"", GOOD, &remedy);
}

#[test]
fn a_number_of_workers_that_no_runtime_has() {
    let of = |number: &str| format!("flavor = \"multi_thread\", worker_threads = {number}");
    for zero in ["0", "0_0", "0x0", "0usize"] {
        says(&of(zero), GOOD, &["`worker_threads` is 0: nobody", "at least 1"]);
    }
    says(&of("1025"), GOOD, &["`worker_threads` is 1025; a runtime has at most 1024 workers"]);
    says(&of(&"9".repeat(40)), GOOD, &["at most 1024 workers"]);
    says(&of("\"two\""), GOOD, &["how many workers there are, `\"two\"` is no number"]);
    says(&of("true"), GOOD, &["`true` is no number"]);
    says("worker_threads", GOOD, &["`worker_threads` has no value: write `worker_threads = 4`"]);
    says("flavor = \"multi_thread\", worker_thread = 2", GOOD, &["did you mean `worker_threads`?"]);
}

#[test]
fn flavors_that_do_not_exist() {
    let all = ["`\"multi_thread\"`", "`\"current_thread\"` or `\"local\"`", "without one it is"];
    says("flavor = \"warm\"", GOOD, &all);
    says("flavor = multi_thread", GOOD, &all);
    // What else goes with it is not known.
    says("flavor = \"warm\", worker_threads = 4, start_paused = true", GOOD, &all);
}

#[test]
fn options_without_a_value_or_with_a_wrong_one() {
    says("seeds", GOOD, &["`seeds` has no value: write `seeds = 100`"]);
    says("start_paused, seeds = 1", GOOD, &["write `start_paused = true`"]);
    says("start_paused = 1", GOOD, &["is `true` or `false`"]);
    says("crate = airmail", GOOD, &["path in quotes"]);
    says("crate = \"not a path\"", GOOD, &["path in quotes"]);
    says("flavor = current_thread", GOOD, &["a flavor is `\"multi_thread\"`"]);
    says("seeds = \"many\"", GOOD, &["`\"many\"` is no number"]);
    for zero in ["seeds = 0", "seeds = 0_0", "seeds = 0x0", "seeds = 0u64"] {
        says(zero, GOOD, &["`seeds` is 0", "at least 1"]);
    }
}

#[test]
fn options_that_do_not_go_together() {
    says("seeds = 1, seeds = 2", GOOD, &["`seeds` is given twice"]);
    says("seeds = 1, start_paused = true", GOOD, &["time is always virtual", "remove `start_paused`"]);
    says("flavor = \"current_thread\", seeds = 1", GOOD, &["runtime of its own", "remove `flavor`"]);
    let why = "on one thread: with several, a seed would not decide what happens";
    says("flavor = \"multi_thread\", seeds = 1", GOOD, &[why, "remove `flavor`, or `seeds`"]);
    says("worker_threads = 2, seeds = 1", GOOD, &[why, "remove `worker_threads`, or `seeds`"]);
    let paused = "flavor = \"multi_thread\", start_paused = true";
    says(paused, GOOD, &["several do not", "remove `start_paused`, or write `flavor = \"current_thread\"`"]);
    for alone in ["faults = Faults::legal()", "strategy = X", "sim = change"] {
        says(alone, GOOD, &["is for a simulation: add `seeds = 100`"]);
    }
}

#[test]
fn functions_that_are_no_tests() {
    says("", "fn arrives() {}", &["`async` is missing", "`#[test]`"]);
    says("", "async fn arrives(n: u32) {}", &["no arguments"]);
    says("", "async fn arrives(&self) {}", &["a method is not a test", "`impl`"]);
    says("", "async fn arrives<T>() {}", &["no generic parameters"]);
    says("", "async unsafe fn arrives() {}", &["write the `unsafe` inside"]);
    says("", "async extern \"C\" fn arrives() {}", &["called by Rust code"]);
    says("", "struct Letter;", &["expected `fn`; a test is an `async fn` with a body"]);
}

#[test]
fn a_second_test_attribute() {
    for second in ["#[test]", "#[tokio::test(start_paused = true)]", "#[core::prelude::v1::test]"] {
        says("", &format!("{second} {GOOD}"), &["second test attribute", "remove this one"]);
    }
}

/// Whoever has three things wrong hears of three.
#[test]
fn all_is_said_at_once() {
    let found = errors(Kind::Test, "sedes = 1, flavor = \"warm\"", "fn arrives(n: u32) {}");
    assert_eq!(found.len(), 4, "{found:#?}");
}

/// The function is still there, for the tools that look at it.
#[test]
fn the_function_is_kept() {
    let text = expand("seeds = 0", "#[test] #[cfg(unix)] async fn arrives() { letter() }");
    assert!(has(&text, "#[allow(dead_code)] #[cfg(unix)] async fn arrives() { letter() }"), "{text}");
}

#[test]
fn a_grace_is_for_programs() {
    says("grace = \"5s\"", GOOD, &["`grace` is for `#[airmail::main]`", "remove it"]);
}
