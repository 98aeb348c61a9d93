//! One run on a real runtime.

use super::{becomes, expand, has};

#[test]
fn a_test_runs_its_function_on_a_local_runtime() {
    becomes(
        "",
        "async fn arrives() -> Result<(), Lost> { send().await?; Ok(()) }",
        r#"
        #[::core::prelude::v1::test]
        fn arrives() -> Result<(), Lost> {
            #[allow(clippy::unused_async, reason = "a test may have nothing to await")]
            async fn arrives() -> Result<(), Lost> { send().await?; Ok(()) }
            let runtime = ::airmail::runtime::Builder::new_current_thread()
                .build_local(::airmail::runtime::LocalOptions::default())
                .expect("the runtime of a test is built");
            let body: ::core::pin::Pin<&mut dyn ::core::future::Future<Output = _>> =
                ::core::pin::pin!(arrives());
            runtime.block_on(body)
        }
        "#,
    );
}

#[test]
fn attributes_and_visibility_are_kept() {
    let text = expand(
        "",
        "/// Documented.
        #[ignore = \"slow\"] #[should_panic(expected = \"lost\")] #[cfg(unix)] #[allow(unused)]
        pub(crate) async fn arrives() {}",
    );
    let kept = "#[doc = \" Documented.\"] #[ignore = \"slow\"] #[should_panic(expected = \"lost\")] #[cfg(unix)] \
                #[allow(unused)] #[::core::prelude::v1::test] pub(crate) fn arrives()";
    assert!(has(&text, kept), "{text}");
    // Not on the function inside.
    assert_eq!(text.matches("should_panic").count(), 1, "{text}");
}

#[test]
fn start_paused_goes_to_the_builder() {
    for on in ["true", "false"] {
        let text = expand(&format!("start_paused = {on}"), "async fn arrives() {}");
        let call = format!("Builder::new_current_thread().start_paused({on}).build_local");
        assert!(has(&text, &call), "{text}");
    }
}

#[test]
fn one_thread_is_the_flavor_that_may_be_left_out() {
    let item = "async fn arrives() {}";
    for options in ["flavor = \"current_thread\"", "flavor = \"current_thread\",", "flavor = \"local\""] {
        assert_eq!(expand(options, item), expand("", item));
    }
}

#[test]
fn workers_are_another_runtime() {
    for (options, calls) in [
        ("flavor = \"multi_thread\"", "new_multi_thread().build()"),
        ("worker_threads = 3, flavor = \"multi_thread\"", "new_multi_thread().worker_threads(3).build()"),
    ] {
        let text = expand(options, "async fn arrives() {}");
        assert!(
            has(&text, &format!("Builder::{calls}.expect(\"the runtime of a test is built\")")),
            "{text}"
        );
    }
}

#[test]
fn airmail_may_be_elsewhere() {
    let item = "async fn arrives() {}";
    let elsewhere = expand("crate = \"mail::air\"", item);
    assert_eq!(elsewhere.replace("mail : : air", ": : airmail"), expand("", item));
    assert!(has(&elsewhere, "mail::air::runtime::Builder"), "{elsewhere}");
}
