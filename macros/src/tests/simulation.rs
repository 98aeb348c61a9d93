//! One run for each seed.

use super::{becomes, expand, has};

#[test]
fn seeds_make_a_simulation() {
    becomes(
        "seeds = 100",
        "async fn arrives() -> Result<(), Lost> { send().await }",
        r#"
        #[::core::prelude::v1::test]
        fn arrives() {
            #[allow(clippy::unused_async, reason = "a test may have nothing to await")]
            async fn arrives() -> Result<(), Lost> { send().await }
            let sim = {
                ::airmail::sim::Sim::for_test(
                    ::core::module_path!(), "arrives", ::core::env!("CARGO_MANIFEST_DIR")
                ).seeds(100)
            };
            sim.explore(arrives);
        }
        "#,
    );
}

#[test]
fn every_setting_is_applied_and_sim_last() {
    becomes(
        "sim = |sim| sim.steps(9), strategy = Strategy::new(), crate = \"mail\", faults = Faults::legal(), seeds = 7",
        "async fn arrives() {}",
        r#"
        #[::core::prelude::v1::test]
        fn arrives() {
            #[allow(clippy::unused_async, reason = "a test may have nothing to await")]
            async fn arrives() {}
            let sim = {
                #[allow(unused_imports, reason = "each test needs some of them")]
                use mail::sim::{Faults, Strategy};
                let change: fn(mail::sim::Sim) -> mail::sim::Sim = |sim| sim.steps(9);
                change(
                    mail::sim::Sim::for_test(
                        ::core::module_path!(), "arrives", ::core::env!("CARGO_MANIFEST_DIR")
                    ).seeds(7).faults(Faults::legal()).strategy(Strategy::new())
                )
            };
            sim.explore(arrives);
        }
        "#,
    );
}

#[test]
fn seeds_that_are_no_literal_are_checked_by_the_compiler() {
    let text = expand("seeds = MANY * 2", "async fn arrives() {}");
    let checked = "seeds({ const _: () = { let number = MANY * 2; ::core::assert!(number != 0, \
                   \"`seeds` is 0: the test would not run; at least 1\"); }; MANY * 2 })";
    assert!(has(&text, checked), "{text}");
}

#[test]
fn a_raw_name_is_told_without_its_mark() {
    let text = expand("seeds = 1", "async fn r#match() {}");
    assert!(has(&text, ", \"match\" ,") && has(&text, "explore(r#match)"), "{text}");
}
