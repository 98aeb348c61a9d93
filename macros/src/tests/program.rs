//! What `#[airmail::main]` becomes.

use super::{expand_main, has, normal, tokens};

const GOOD: &str = "async fn main() {}";

#[test]
fn a_main_runs_its_function_beside_workers() {
    let text = expand_main("", "pub async fn main() -> Result<(), Lost> { send().await?; Ok(()) }");
    let expected = r#"
        pub fn main() -> Result<(), Lost> {
            #[allow(clippy::unused_async, reason = "a program may have nothing to await")]
            async fn main() -> Result<(), Lost> { send().await?; Ok(()) }
            let runtime = ::airmail::runtime::Builder::new_multi_thread()
                .build()
                .expect("the runtime of `main` is built");
            let body: ::core::pin::Pin<&mut dyn ::core::future::Future<Output = _>> =
                ::core::pin::pin!(main());
            runtime.block_on(body)
        }
    "#;
    assert_eq!(text, normal(tokens(expected)));
}

#[test]
fn each_flavor_has_a_builder() {
    for (options, calls) in [
        ("flavor = \"multi_thread\"", "new_multi_thread().build()"),
        ("worker_threads = 3", "new_multi_thread().worker_threads(3).build()"),
        ("flavor = \"current_thread\"", "new_current_thread().build()"),
        (
            "start_paused = true, flavor = \"current_thread\"",
            "new_current_thread().start_paused(true).build()",
        ),
        (
            "flavor = \"local\"",
            "new_current_thread().build_local(::airmail::runtime::LocalOptions::default())",
        ),
    ] {
        let text = expand_main(options, GOOD);
        assert!(has(&text, &format!("::airmail::runtime::Builder::{calls}.expect")), "{text}");
    }
    assert_eq!(expand_main("flavor = \"multi_thread\",", GOOD), expand_main("", GOOD));
}

#[test]
fn workers_that_are_no_literal_are_checked_by_the_compiler() {
    let text = expand_main("worker_threads = MANY", GOOD);
    let checked = "worker_threads({ const _: () = { let number = MANY; ::core::assert!(number != 0, \
                   \"`worker_threads` is 0: nobody would run the tasks; at least 1\"); }; MANY })";
    assert!(has(&text, checked), "{text}");
}

#[test]
fn attributes_are_kept_and_airmail_may_be_elsewhere() {
    let text = expand_main("crate = \"mail::air\"", &format!("/// Documented.\n #[cfg(unix)] {GOOD}"));
    assert!(has(&text, "#[doc = \" Documented.\"] #[cfg(unix)] fn main()"), "{text}");
    assert!(has(&text, "mail::air::runtime::Builder"), "{text}");
}

#[test]
fn a_grace_is_around_the_runtime() {
    for (grace, millis) in [("500ms", 500), ("5s", 5_000), ("2min", 120_000)] {
        let text = expand_main(&format!("grace = \"{grace}\", worker_threads = 3"), GOOD);
        let runtime = format!(
            "let runtime = ::airmail::runtime::Graceful::new(::airmail::runtime::Builder::new_multi_thread()\
             .worker_threads(3).build().expect(\"the runtime of `main` is built\"), \
             ::core::time::Duration::from_millis({millis}u64));"
        );
        assert!(has(&text, &runtime), "{text}");
    }
}
