//! Time: sleeping, timeouts, intervals, and a clock that can be stopped.
//!
//! Every runtime has timers; nothing has to be switched on. They are exact: a timer fires at the first moment after
//! its deadline at which its runtime can do so, and never before.
//!
//! ```
//! use airmail::time::{Duration, Instant, interval, sleep, timeout};
//!
//! let runtime = airmail::runtime::Builder::new_current_thread().build()?;
//! runtime.block_on(async {
//!     let start = Instant::now();
//!     sleep(Duration::from_millis(2)).await;
//!     assert!(start.elapsed() >= Duration::from_millis(2));
//!
//!     let late = timeout(Duration::from_millis(1), std::future::pending::<()>()).await;
//!     assert!(late.is_err());
//!
//!     let mut every = interval(Duration::from_millis(1));
//!     for _ in 0..3 {
//!         every.tick().await;
//!     }
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # In tests
//! A program that waits can be tested without waiting: a [paused](pause) clock jumps to the next deadline as soon as
//! nothing else is to be done.
//!
//! ```
//! use airmail::time::{Duration, Instant, sleep};
//!
//! let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
//! runtime.block_on(async {
//!     let start = Instant::now();
//!     let a_day = airmail::spawn(sleep(Duration::from_hours(24)));
//!     sleep(Duration::from_hours(12)).await;
//!     assert!(!a_day.is_finished());
//!     a_day.await.unwrap();
//!     assert_eq!(start.elapsed(), Duration::from_hours(24));
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Who fires them
//! Timers of a runtime fire while a thread is in its `block_on`: whenever it has nothing else to do, and after every
//! [`event_interval`](crate::runtime::Builder::event_interval) polls otherwise. A
//! [`Handle::block_on`](crate::runtime::Handle::block_on) drives nothing, so a sleep in it needs another thread that
//! does. Tasks of a [`LocalSet`](crate::task::LocalSet) use the timers of the runtime around it.

mod clock;
mod deadline;
pub mod error;
mod instant;
mod interval;
mod sleep;
mod timeout;
mod timer;

pub use clock::{advance, pause, resume};
pub use deadline::{deadline, with_deadline};
pub use instant::Instant;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use std::time::Duration;
pub use timeout::{Timeout, timeout, timeout_at};
