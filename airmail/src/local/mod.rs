//! The single-threaded executor: one queue, one thread at a time that takes tasks from it.
//!
//! [`scheduler`] is what every thread may touch, [`worker`] what only the thread in the seat does. The
//! current-thread runtime, the local runtime and the local set are three ways to sit in that seat.

pub(crate) mod pick;
pub(crate) mod pollers;
pub(crate) mod scheduler;
pub(crate) mod timing;
pub(crate) mod worker;
