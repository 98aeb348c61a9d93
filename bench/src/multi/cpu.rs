//! The processor time of this process.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use std::time::Duration;

/// All its threads, those that have ended too, in the program and in the kernel.
pub(crate) fn time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("of this process");
    of(usage.user_time()) + of(usage.system_time())
}

fn of(time: TimeVal) -> Duration {
    let part = |number: i64| number.try_into().expect("time does not run backwards");
    Duration::from_secs(part(time.tv_sec())) + Duration::from_micros(part(time.tv_usec()))
}
