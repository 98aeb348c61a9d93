//! airmail: an async runtime whose tasks arrive fast and can be tracked.
//!
//! A *future* is passive: nothing happens until it is polled. A *task* is a future plus what an executor needs
//! to run it: a waker, a tracking number, the queue it goes to. [`spawn`] makes a task and queues it; the
//! runtime polls it; while it answers `Pending` it is in no queue and waits; a wake-up puts it back; when it
//! answers `Ready`, its output is there for the [`JoinHandle`](task::JoinHandle).
//!
//! ```
//! # #[cfg(feature = "macros")]
//! #[airmail::main]
//! async fn main() {
//!     let letter = airmail::spawn(async { "delivered" });
//!     assert_eq!(letter.await.unwrap(), "delivered");
//! }
//! # #[cfg(not(feature = "macros"))]
//! # fn main() {}
//! ```
//!
//! That is, with the feature `macros`, a runtime with several workers. The same by hand, on one thread:
//!
//! ```
//! use airmail::runtime::Builder;
//!
//! let runtime = Builder::new_current_thread().build()?;
//! runtime.block_on(async {
//!     let letter = airmail::spawn(async { "delivered" });
//!     assert_eq!(letter.await.unwrap(), "delivered");
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Where things are
//!
//! * [`runtime`]: [`Runtime`](runtime::Runtime) for `Send` tasks, on several threads or on one,
//!   [`LocalRuntime`](runtime::LocalRuntime) for those that stay on a thread, their [`Builder`](runtime::Builder) and
//!   [`Handle`](runtime::Handle).
//! * [`task`]: [`spawn`], [`JoinHandle`](task::JoinHandle), [`JoinSet`](task::JoinSet),
//!   [`LocalSet`](task::LocalSet), task-locals, cooperative budgets.
//! * [`time`]: sleeping, timeouts, intervals, and a clock that can be stopped.
//! * With features: `net`, sockets; `io`, reading and writing; `signal`, signals of the system; `hyper`, what hyper asks
//!   of a runtime.
//! * [`inspect`]: every step of every task, as it happens.
//! * [`sim`]: the same program under many schedules, faults and virtual time; [`test`](mod@test): what an operation
//!   leaves behind if it is cancelled.
//!
//! Names and argument order follow tokio wherever the meaning is the same.
//!
//! # Features
//!
//! The names are tokio's. None is on by default.
//!
//! * `full`: all that follow, up to the line.
//! * `io-util`: `io`, with what works for any reader and writer: buffers, lines, copies.
//! * `macros`: `#[airmail::main]` and `#[airmail::test]`, which run an `async fn` as a program or as a test.
//! * `net`: `net` and `io`, on Unix; elsewhere it does not compile.
//! * `signal`: `signal`, on Unix; and `net`.
//!
//! ---
//! * `futures-io`: the streams of `net` have the traits of the futures crates too.
//! * `hyper`: they have hyper's own traits too, and there is a timer and an executor for it.
//!
//! # What it promises
//!
//! Nothing is lost in the post: a panic that no handle took is reported with the task's name and spawn site,
//! and so is a task that waits while nobody can wake it (in debug builds, or when
//! [switched on](runtime::Builder::count_wakers)). A runtime can be dropped anywhere; wakers and handles work
//! from any thread, also after it is gone.

#![forbid(unsafe_code)]

#[cfg(all(feature = "net", not(unix)))]
compile_error!(
    "airmail's features net, signal, hyper and futures-io need Unix: the registration of sockets by their descriptors \
     has no counterpart for this system yet; leave these features off"
);

mod blocking;
mod company;
mod context;
mod driver;
mod failure;
#[cfg(feature = "hyper")]
pub mod hyper;
pub mod inspect;
#[cfg(any(feature = "io-util", feature = "net"))]
pub mod io;
mod local;
mod multi;
#[cfg(feature = "net")]
pub mod net;
mod notice;
pub mod runtime;
mod scheduler;
#[cfg(all(feature = "signal", unix))]
pub mod signal;
pub mod sim;
mod stalls;
mod sync;
pub mod task;
pub mod test;
mod threads;
pub mod time;
mod timers;
mod watchdog;

#[cfg(feature = "macros")]
pub use airmail_macros::{main, test};
pub use task::spawn;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/testing.md")]
struct TestingGuide;
