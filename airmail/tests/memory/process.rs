//! A process of one's own to measure, and what it has.

use crate::watchdog::Watchdog;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{env, fs};

const VARIABLE: &str = "AIRMAIL_MEMORY_OF";
/// What begins a line that the child tells its parent.
const FIGURE: &str = "memory: ";

/// Runs `measure` in a process that does nothing else, one such process at a time, and prints its figures.
///
/// `test` is the name of the calling test, as libtest knows it.
pub(crate) fn alone(test: &str, measure: impl FnOnce()) {
    static ONE: Mutex<()> = Mutex::new(());
    if env::var_os(VARIABLE).is_some_and(|name| name == test) {
        // The longest takes seconds; `AIRMAIL_MEMORY` may make that minutes.
        let _watchdog = Watchdog::new(test, Duration::from_mins(20));
        return measure();
    }
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let child = Command::new(env::current_exe().expect("a test knows its own program"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(VARIABLE, test)
        .output()
        .expect("the test's program can be started");
    let told = String::from_utf8_lossy(&child.stdout);
    // libtest writes the test's name without a line's end before the first figure.
    let figures: Vec<_> =
        told.lines().filter_map(|line| line.split_once(FIGURE)).map(|(_, text)| text).collect();
    figures.iter().for_each(|text| println!("{FIGURE}{text}"));
    let errors = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{test} in its own process: {}\n{told}\n{errors}", child.status);
    assert!(!figures.is_empty(), "{test} measured nothing:\n{told}");
}

/// Tells the parent a figure.
pub(crate) fn tell(text: &str) {
    println!("{FIGURE}{text}");
}

fn status(field: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("Linux knows the field");
    let number = line.trim_start_matches(':').trim().trim_end_matches(" kB");
    number.parse().expect("a number")
}

/// Resident bytes of this process.
pub(crate) fn resident() -> usize {
    status("VmRSS") * 1024
}

pub(crate) fn threads() -> usize {
    status("Threads")
}

/// Open file descriptors.
pub(crate) fn files() -> usize {
    fs::read_dir("/proc/self/fd").expect("Linux tells").count()
}

pub(crate) fn mib(bytes: usize) -> String {
    format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20)
}
