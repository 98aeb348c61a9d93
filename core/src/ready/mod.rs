//! What sources of events (sockets, pipes) are ready for, and who waits for them: what a driver and its users share.
//!
//! A driver has a table of [`Resources`]. It says what [happened](Resources::event); users read what a source is
//! [ready](Resources::readiness) for, try, [take it back](Resources::clear) if there was nothing, and
//! [wait](Resources::wait). No event gets lost between these: a clear takes back what its user saw and not what came since,
//! and a wait looks once more under the lock that an event takes to find the waiters.
//!
//! ```
//! use airmail_core::ready::{READABLE, Resources, Side};
//! use std::task::Waker;
//!
//! let resources = Resources::new();
//! let socket = resources.take(READABLE).expect("the driver has not ended");
//! let seen = resources.readiness(socket);
//! // A read finds nothing:
//! assert!(resources.clear(socket, seen, READABLE));
//! assert!(resources.wait(socket, Side::Reader, Side::Reader.flags(), Waker::noop()).is_none());
//! // The driver hears of something:
//! let mut waiters = Vec::new();
//! resources.event(socket, READABLE, |waiter| waiters.push(waiter));
//! waiters.into_iter().for_each(Waker::wake);
//! assert!(resources.readiness(socket).has_any(READABLE));
//! resources.give(socket);
//! ```

mod resource;
mod table;
mod word;

pub use resource::{Side, TO_READ, TO_WRITE, Waiting};
pub use table::{Key, Resources};
pub use word::{ERROR, GONE, PRIORITY, READ_CLOSED, READABLE, Readiness, WRITABLE, WRITE_CLOSED};
