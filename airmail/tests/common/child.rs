//! A test that runs in a process of its own, because it ends the process or needs it for itself.

use std::ffi::OsStr;
use std::process::{Command, Output};
use std::{env, thread};

const VARIABLE: &str = "AIRMAIL_TEST_CHILD";

/// Runs `inside` in a child process of this test and gives what the child left behind; in the child itself,
/// runs it and ends the process.
///
/// `test` is the name of the calling test, as libtest knows it.
pub(crate) fn process(test: &str, inside: impl FnOnce()) -> Output {
    process_with(test, &[] as &[(&str, &str)], inside)
}

/// As [`process`], with more in the child's environment.
pub(crate) fn process_with(
    test: &str,
    environment: &[(&str, impl AsRef<OsStr>)],
    inside: impl FnOnce(),
) -> Output {
    if env::var_os(VARIABLE).is_some_and(|name| name == test) {
        inside();
        std::process::exit(0);
    }
    let program = env::current_exe().expect("a test knows its own program");
    let child = Command::new(program)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(VARIABLE, test)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output();
    child.expect("the test's program can be started")
}

/// The child must end well.
#[track_caller]
pub(crate) fn must_succeed(test: &str, inside: impl FnOnce()) {
    let output = process(test, inside);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{test} in a child: {}\n{errors}", output.status);
}

/// The child must abort; gives what it wrote to stderr.
#[track_caller]
pub(crate) fn must_abort(test: &str, inside: impl FnOnce()) -> String {
    let output = process(test, inside);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{test} in a child ended well\n{errors}");
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        const SIGABRT: i32 = 6;
        assert_eq!(output.status.signal(), Some(SIGABRT), "{test}: {}\n{errors}", output.status);
    }
    errors
}

/// Runs `code` on a thread with a stack of this size.
pub(crate) fn on_stack<R: Send + 'static>(bytes: usize, code: impl FnOnce() -> R + Send + 'static) -> R {
    let thread = thread::Builder::new().stack_size(bytes).spawn(code).expect("a thread can be started");
    thread.join().expect("no panic")
}
