//! Each wrong use has one message, which says what to do.

use super::{errors, expand, has};

const GOOD: &str = "async fn arrives() {}";

/// One error, which says all of this.
#[track_caller]
fn says(options: &str, item: &str, parts: &[&str]) {
    let found = errors(options, item);
    let [message] = &found[..] else { panic!("{options:?} {item:?}: {found:#?}") };
    for part in parts {
        assert!(message.contains(part), "{part:?} is missing in {message:?}");
    }
}

#[test]
fn options_that_do_not_exist() {
    let all =
        ["`start_paused`", "`flavor`", "`crate`", "`seeds`", "`faults`", "`strategy`", "`sim`", "no option"];
    says("unhandled_panic = \"ignore\"", GOOD, &all);
    says("seed = 3", GOOD, &["called `seed`; did you mean `seeds`?"]);
    says("start_pasued = true", GOOD, &["did you mean `start_paused`?"]);
    says("flavour = \"current_thread\"", GOOD, &["did you mean `flavor`?"]);
    says("paused", GOOD, &["no option is called `paused` (there are"]);
}

#[test]
fn the_runtime_that_does_not_exist() {
    let remedy = ["multi-thread runtime", "yet; remove", "the test runs on one thread"];
    says("flavor = \"multi_thread\"", GOOD, &remedy);
    says("worker_threads = 4", GOOD, &remedy);
    says("worker_threads", GOOD, &["remove it"]);
    says("flavor = \"warm\"", GOOD, &["one flavor, `flavor = \"current_thread\"`"]);
    assert_eq!(errors("flavor = \"multi_thread\", worker_threads = 4", GOOD).len(), 2);
}

#[test]
fn options_without_a_value_or_with_a_wrong_one() {
    says("seeds", GOOD, &["`seeds` has no value: write `seeds = 100`"]);
    says("start_paused, seeds = 1", GOOD, &["write `start_paused = true`"]);
    says("start_paused = 1", GOOD, &["is `true` or `false`"]);
    says("crate = airmail", GOOD, &["path in quotes"]);
    says("crate = \"not a path\"", GOOD, &["path in quotes"]);
    says("flavor = current_thread", GOOD, &["one flavor"]);
    says("seeds = \"many\"", GOOD, &["`\"many\"` is no number"]);
    for zero in ["seeds = 0", "seeds = 0_0", "seeds = 0x0", "seeds = 0u64"] {
        says(zero, GOOD, &["`seeds` is 0", "at least 1"]);
    }
}

#[test]
fn options_that_do_not_go_together() {
    says("seeds = 1, seeds = 2", GOOD, &["`seeds` is given twice"]);
    says("seeds = 1, start_paused = true", GOOD, &["time is always virtual", "remove `start_paused`"]);
    says("flavor = \"current_thread\", seeds = 1", GOOD, &["remove `flavor`"]);
    for alone in ["faults = Faults::legal()", "strategy = X", "sim = change"] {
        says(alone, GOOD, &["is for a simulation: add `seeds = 100`"]);
    }
}

#[test]
fn functions_that_are_no_tests() {
    says("", "fn arrives() {}", &["`async` is missing", "`#[test]`"]);
    says("", "async fn arrives(n: u32) {}", &["no arguments"]);
    says("", "async fn arrives(&self) {}", &["a method is no test", "`impl`"]);
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
    let found = errors("sedes = 1, flavor = \"warm\"", "fn arrives(n: u32) {}");
    assert_eq!(found.len(), 4, "{found:#?}");
}

/// The function is still there, for the tools that look at it.
#[test]
fn the_function_is_kept() {
    let text = expand("seeds = 0", "#[test] #[cfg(unix)] async fn arrives() { letter() }");
    assert!(has(&text, "#[allow(dead_code)] #[cfg(unix)] async fn arrives() { letter() }"), "{text}");
}
