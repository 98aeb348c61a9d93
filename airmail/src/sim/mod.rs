//! The same program under many schedules: simulation.
//!
//! A concurrent program is many programs, one for each order in which its tasks may be polled, and a test runs one of
//! them. A simulation runs the program once for each of many seeds. The seed decides which ready task is polled next
//! (a [`Strategy`]) and which [`Faults`] happen; time stands still while a task is ready and jumps to the next deadline
//! when none is; everything runs on the caller's thread. So a run takes microseconds, and the same seed gives the same
//! run.
//!
//! ```
//! use airmail::sim::{Kind, Sim};
//! use airmail::task::yield_now;
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
//!
//! // Reads, waits, writes: what others wrote meanwhile is lost.
//! async fn add_one(count: Arc<AtomicU32>) {
//!     let before = count.load(Relaxed);
//!     yield_now().await;
//!     count.store(before + 1, Relaxed);
//! }
//!
//! let failure = Sim::new().try_explore(|| async {
//!     let count = Arc::new(AtomicU32::new(0));
//!     let one = airmail::spawn(add_one(Arc::clone(&count)));
//!     let other = airmail::spawn(add_one(Arc::clone(&count)));
//!     (one.await.unwrap(), other.await.unwrap());
//!     assert_eq!(count.load(Relaxed), 2);
//! });
//! let failure = failure.unwrap_err();
//! assert_eq!(failure.kind(), Kind::Panic);
//! println!("{failure}"); // with the line to type to repeat it
//! ```
//!
//! In a test, `#[airmail::test(seeds = 1000)]` (with the feature `macros`) does the same as [`Sim::explore`].
//! A guide with one bug from the flaky test to the kept seed is docs/testing.md in the repository.
//!
//! # What a run fails for
//!
//! See [`Kind`]: a panic or error of the body, a panic of a task that nobody took from its handle, a deadlock, tasks
//! that are left over, too many polls, and whatever breaks determinism where that was seen. The failure's text names
//! every task that waits, with the line that spawned it, what keeps its wakers, and the last steps; it ends with the
//! line to type to repeat the run: `AIRMAIL_SEED=41:5.1-7.2 cargo test name`. Behind the seed stand the decisions that
//! are left after all those were taken out that the failure does not need.
//!
//! # What is simulated
//!
//! Tasks, wakes, join handles, [`time`](crate::time), [`spawn_blocking`](crate::task::spawn_blocking) (whose closure
//! runs as a task), and all that is built of these. Not simulated: other threads, the machine's clock, real input and
//! output, and the tasks *inside* of a [`LocalSet`](crate::task::LocalSet) or of `FuturesUnordered`, which keep the
//! order of their own (`spawn_local` works without a set). The order of a `HashMap` differs from run to run; see
//! [`RandomState`]. tokio's `sync` types work; its `watch`, its `Barrier`, and its `select!` without `biased` draw
//! random numbers of their own, so that a run with them may differ from its repetition. A poll that blocks its thread
//! blocks them all: a function given to `spawn_blocking` must not wait for other tasks. A
//! [`sleep`](crate::time::sleep) reads the clock where it is called: call it inside.
//!
//! The first simulation of a process installs a panic hook: a panic inside of a simulation is kept for its report (or,
//! if somebody drives the runtime by hand, printed with the seed), every other one goes to the hook before.
//!
//! # Environment
//!
//! | variable | meaning |
//! |---|---|
//! | `AIRMAIL_SEED` | run this one only: a seed, or what a failure printed |
//! | `AIRMAIL_SEEDS` | so many seeds instead of what the program says |
//! | `AIRMAIL_FIRST_SEED` | the first seed |

mod builder;
mod engine;
mod explore;
mod explored;
mod faults;
mod frames;
mod idle;
mod panics;
mod random;
mod relay;
mod replay;
mod report;
mod rng;
mod run;
mod seeds;
mod shrink;
mod state;
mod steps;
mod strategy;
mod tape;
mod tour;
mod trace;
mod tracker;

pub use builder::Simulation;
pub(crate) use builder::cancelled_here;
pub use explore::{Sim, explore};
pub use explored::Explored;
pub use faults::Faults;
pub use random::{RandomState, random};
pub use replay::{BadReplay, Replay};
pub use report::Failure;
pub use run::{Kind, Verdict};
pub use strategy::{Pct, Random, RoundRobin, Strategy};
