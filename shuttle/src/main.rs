//! airmail's work-stealing executor under shuttle: the same files, compiled against shuttle's types.
//!
//! `core/src/task` and `queue`, and `airmail/src/multi` with what it stands on, are compiled here once more, beside a
//! `sync` that gives shuttle's types under the names of core's and airmail's own. `airmail_core` is this crate. The
//! pool differs: each schedule begins with fresh slots, so that it can be run again; and `company.rs` is less than
//! airmail's. No cfg, no RUSTFLAGS.
//!
//! * `scenarios/`: whole programs, with their workers, which end; each is run under many random schedules, and as many
//!   of few preemptions (PCT).
//! * `machine.rs` and `ledger.rs`: the runtime that a scenario runs, and what must be true at its end.
//! * `planted/` holds bugs. `ci/planted.sh` plants one after the other and demands that a scenario falls.

extern crate self as airmail_core;

#[allow(dead_code, unused_imports, reason = "core and airmail use a part each")]
mod sync;

#[path = "../../core/src/names.rs"]
#[allow(dead_code, reason = "core's file; core's own build says what is dead")]
mod names;
#[allow(dead_code, clippy::unused_self, clippy::trivially_copy_pass_by_ref, reason = "core's faces")]
mod pool;
#[path = "../../core/src/queue/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    reason = "core's files; here nothing is public"
)]
mod queue;
#[path = "../../core/src/task/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    reason = "core's files; here nothing is public"
)]
#[allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    unnameable_types,
    reason = "core's public faces"
)]
mod task;

pub(crate) use queue::{Chain, Gate, Injector, Lifo, LifoThief, Ring, Thief};
pub(crate) use sync::thread_number;
pub(crate) use task::{
    AbortHandle, Activity, Answered, Counters, Exec, JoinHandle, Meta, Options, Outcome, Ran, Refused, Root,
    Runnable, Schedule, Seat, Seated, Spawn, TaskInfo, current_meta, dead_letter, is_ending, outside,
};

/// Core's wheels, which here live as long as their machine.
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    reason = "core's files; here nothing is public"
)]
mod timer {
    #[path = "../../../core/src/timer/entry.rs"]
    mod entry;
    #[path = "../../../core/src/timer/list.rs"]
    mod list;
    #[path = "../../../core/src/timer/place.rs"]
    mod place;
    mod pool;
    #[path = "../../../core/src/timer/timers.rs"]
    mod timers;
    #[path = "../../../core/src/timer/wheel.rs"]
    mod wheel;

    pub use entry::{Closed, Entry};
    pub use timers::{Remote, Timers};
    pub use wheel::NEVER;
}

mod company;
#[path = "../../airmail/src/driver/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "airmail's files; here nothing is public")]
mod driver;
#[path = "../../airmail/src/inspect/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "airmail's file; here nothing is public")]
mod inspect;
#[path = "../../airmail/src/multi/mod.rs"]
#[allow(dead_code, reason = "airmail's files, of which the scenarios use a part")]
mod multi;
#[path = "../../airmail/src/stalls/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "airmail's files, of which the scenarios use a part"
)]
mod stalls;
#[path = "../../airmail/src/threads.rs"]
#[allow(dead_code, reason = "airmail's file, of which the scenarios use a part")]
mod threads;
#[path = "../../airmail/src/timers/mod.rs"]
#[allow(dead_code, unused_imports, reason = "airmail's file, of which the scenarios use a part")]
mod timers;

mod explore;
mod futures;
mod ledger;
mod machine;
mod scenarios;
mod strategy;

fn main() -> std::process::ExitCode {
    explore::main()
}
