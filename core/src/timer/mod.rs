//! Timers: many deadlines, each of which is armed and cancelled at the cost of a lock that nobody else wants.
//!
//! An [`Entry`] lies in the future of who waits, and a wheel ([`Timers`]) links those that are armed. Times are numbers, such
//! as nanoseconds since some moment, and are kept to the last digit: timers fire in the order of their deadlines, those of
//! the same in the order in which they were armed, and never before.
//!
//! ```
//! use airmail_core::timer::{Entry, NEVER, Timers};
//! use std::pin::pin;
//! use std::task::Waker;
//!
//! let timers = Timers::new();
//! let (mut soon, mut later) = (pin!(Entry::new()), pin!(Entry::new()));
//! assert!(timers.arm(soon.as_mut(), 1_000, 0, Waker::noop()).unwrap(), "it is the first");
//! assert!(!timers.arm(later.as_mut(), 2_000, 0, Waker::noop()).unwrap());
//! assert_eq!(timers.next(), 1_000);
//!
//! let mut woken = 0;
//! while timers.fire(1_500, |waker| { woken += 1; waker.wake() }) {}
//! assert_eq!((woken, soon.is_armed(), later.is_armed()), (1, false, true));
//! later.as_mut().cancel();
//! assert_eq!(timers.exact_next(), NEVER);
//! ```

mod entry;
mod list;
mod place;
mod pool;
#[cfg(test)]
mod tests;
mod timers;
mod wheel;

pub use entry::{Closed, Entry};
pub use timers::{Remote, Timers};
pub use wheel::NEVER;
