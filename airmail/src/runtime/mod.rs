//! Runtimes: what runs tasks.
//!
//! A [`Runtime`] from [`Builder::new_multi_thread`] has threads of its own that run its tasks; one from
//! [`Builder::new_current_thread`] runs them on whichever thread calls
//! [`block_on`](Runtime::block_on); a [`LocalRuntime`] stays on one thread, and its tasks need not be `Send`.
//!
//! ```
//! use airmail::runtime::Builder;
//!
//! let runtime = Builder::new_current_thread().build()?;
//! let answer = runtime.block_on(async {
//!     let task = airmail::spawn(async { 40 });
//!     task.await.unwrap() + 2
//! });
//! assert_eq!(answer, 42);
//! # Ok::<(), std::io::Error>(())
//! ```

mod builder;
mod current_thread;
mod handle;
mod local_runtime;
mod metrics;
mod multi_thread;
mod nested;
mod owner;
mod pinned;
mod scope;
mod seat;
mod shutdown;
mod stall_options;
mod thread_options;

pub(crate) use builder::Parts;
pub use builder::{Builder, LocalOptions};
pub use handle::{EnterGuard, Handle, RuntimeFlavor, TryCurrentError};
pub use local_runtime::LocalRuntime;
pub use metrics::RuntimeMetrics;
pub use nested::NestedBlockOn;
pub use owner::Runtime;
pub(crate) use pinned::send as send_to_worker;
#[doc(hidden)]
pub use shutdown::Graceful;
pub use shutdown::{Ending, Grace, ShutdownReport};

pub use crate::blocking::RunningFunction;
pub use crate::driver::Driver;
pub use crate::failure::UnhandledPanic;
pub use crate::inspect::{Answer, Queue, Track, WokenBy};
pub use crate::local::pick::{Fifo, Pick};
pub use crate::notice::ShutdownNotice;
pub use crate::stalls::{Doing, Stall, StallSite, StalledPoll};
pub use airmail_core::{Report, ScopedJoinHandle, StackScope, Trouble};
