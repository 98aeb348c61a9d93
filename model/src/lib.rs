//! airmail-core under loom, and the runtime's protocols: the same files, compiled against loom's types.
//!
//! `core/src/task`, `queue`, `timer`, the children of `scope`, the sources of `ready` and most of `pool` are compiled here a
//! second time, beside a `sync` that gives loom's atomics under the names of core's own `sync.rs`. Only pages and tables
//! differ: each execution of a model makes its slots, and its wheels, anew (`pool/mod.rs`, `timer/mod.rs`). Of
//! `airmail/src` it is `blocking/crew.rs`, `multi/doze.rs` and `driver/parker.rs`. No cfg, no RUSTFLAGS:
//! `cargo test -p airmail-model --release`.
//!
//! * `models/` explores what threads can do to each other: each test is one race, run through all its
//!   interleavings (up to a bound of preemptions) by loom.
//! * `explore/` needs no threads: it walks through every word, and through every order of events up to a
//!   depth, with the pure transition functions alone; and it prints the transition table.
//! * `planted/` holds bugs. `ci/planted.sh` plants one after the other and demands that a test falls.

#[allow(dead_code, reason = "core uses a part of it")]
mod sync;

#[path = "../../core/src/scope/children.rs"]
#[allow(dead_code, unreachable_pub, reason = "core's file; core's own build says what is dead")]
mod children;
#[path = "../../airmail/src/blocking/crew.rs"]
#[allow(dead_code, reason = "the runtime's file; its own build says what is dead")]
mod crew;
#[path = "../../airmail/src/multi/doze.rs"]
#[allow(dead_code, reason = "the runtime's file, which only the models use here")]
mod doze;
#[path = "../../airmail/src/driver/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the runtime's files; here nothing is public")]
mod driver;
#[path = "../../core/src/names.rs"]
#[allow(dead_code, reason = "core's file; core's own build says what is dead")]
mod names;
#[allow(
    dead_code,
    unused_imports,
    clippy::unused_self,
    reason = "core's files, of which the models use a part"
)]
mod pool;
#[path = "../../core/src/queue/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "core's files; here nothing is public")]
mod queue;
#[path = "../../core/src/task/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "core's files; here nothing is public")]
#[allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    unnameable_types,
    reason = "core's public faces"
)]
mod task;

#[allow(dead_code, unused_imports, unreachable_pub, reason = "core's files; here nothing is public")]
mod ready;
#[allow(dead_code, unused_imports, unreachable_pub, reason = "core's files; here nothing is public")]
mod timer;

#[cfg(test)]
mod explore;
#[cfg(test)]
mod figures;
#[cfg(test)]
#[allow(clippy::needless_for_each, reason = "threads are joined in one line")]
mod models;
