//! The task core of airmail: what a task is, for any executor.
//!
//! A *task* is a future plus what an executor needs to run it: a waker (its return address), a tracking
//! number, the queue it goes to. This crate makes tasks, wakes them, polls them once when asked to, and keeps
//! their outcome for a join handle. It knows no executor; it has no dependencies; all of airmail's `unsafe`
//! is here.
//!
//! An executor is a queue and a loop around four things:
//!
//! * [`Exec`] registers the executor and makes tasks;
//! * [`Schedule`] is the executor as its tasks see it: somewhere to go when they are woken;
//! * [`Seat`] is the right to run its tasks; a thread sits down in it before it runs any;
//! * [`Runnable`] is a task in a queue: the right to poll it once.
//!
//! # Spawn
//!
//! ```
//! use airmail_core::{Exec, Inbox, Options, Ran, Runnable, Schedule, Spawn};
//! use std::sync::Arc;
//!
//! struct Mailbox(Inbox);
//!
//! impl Schedule for Mailbox {
//!     fn schedule(&self, task: Runnable) {
//!         self.0.put(task);
//!     }
//! }
//!
//! let (exec, seat) = Exec::register(Options::default(), ());
//! let mailbox = Arc::new(Mailbox(Inbox::new()));
//! seat.install(Arc::clone(&mailbox));
//!
//! let (task, handle) = exec.spawn(async { 42 }, Spawn::here()).expect("not closed");
//! mailbox.schedule(task);
//! # seat.enter(|_| mailbox.0.take().for_each(|task| drop(task.run())));
//! # assert!(handle.is_finished());
//! ```
//!
//! # Run
//!
//! ```
//! # use airmail_core::{Exec, Inbox, Options, Ran, Runnable, Schedule, Spawn};
//! # use std::{cell::Cell, future::poll_fn, sync::Arc, task::Poll};
//! # struct Mailbox(Inbox);
//! # impl Schedule for Mailbox { fn schedule(&self, task: Runnable) { self.0.put(task); } }
//! # let (exec, seat) = Exec::register(Options::default(), ());
//! # let mailbox = Arc::new(Mailbox(Inbox::new()));
//! # seat.install(Arc::clone(&mailbox));
//! # let mut polls = 0;
//! # let (task, handle) = exec.spawn(poll_fn(move |cx| {
//! #     polls += 1;
//! #     if polls == 3 { return Poll::Ready(polls) }
//! #     cx.waker().wake_by_ref();
//! #     Poll::Pending
//! # }), Spawn::here()).expect("not closed");
//! # mailbox.schedule(task);
//! seat.enter(|_| {
//!     while !handle.is_finished() {
//!         for task in mailbox.0.take() {
//!             match task.run() {
//!                 Ran::Yielded(task) => mailbox.schedule(task), // woken during its poll: to the back
//!                 Ran::Pending => {}                            // in no queue: it waits for a wake-up
//!                 Ran::Done(_) => {}                            // its outcome is there for the handle
//!             }
//!         }
//!     }
//! });
//! ```
//!
//! # Join
//!
//! ```
//! # use airmail_core::{Exec, Inbox, Options, Runnable, Schedule, Spawn};
//! # use std::{future::Future, pin::pin, sync::Arc, task::{Context, Poll, Waker}};
//! # struct Mailbox(Inbox);
//! # impl Schedule for Mailbox { fn schedule(&self, task: Runnable) { self.0.put(task); } }
//! # let (exec, seat) = Exec::register(Options::default(), ());
//! # seat.install(Arc::new(Mailbox(Inbox::new())));
//! let (task, handle) = exec.spawn(async { "delivered" }, Spawn::here()).expect("not closed");
//! seat.enter(|_| drop(task.run()));
//! let mut handle = pin!(handle); // a future: any executor can await it
//! let answer = handle.as_mut().poll(&mut Context::from_waker(Waker::noop()));
//! assert!(matches!(answer, Poll::Ready(Ok("delivered"))));
//! ```
//!
//! A whole executor in 100 lines is `examples/own_executor.rs`.

#[cfg(not(target_pointer_width = "64"))]
compile_error!("airmail packs a generation beside an address and needs a 64-bit target");

mod names;
mod pool;
mod queue;
pub mod ready;
mod relay;
mod scope;
mod sync;
mod task;
pub mod timer;
#[cfg(airmail_tsan)]
#[doc(hidden)]
pub mod tsan;

pub use queue::*;
pub use relay::{Relay, relay};
pub use scope::{Host, Lent, ScopedJoinHandle, StackScope, scope};
pub use task::*;

/// The header's size and the body's place are part of the design: a cache line, and right behind it.
const _: () = {
    assert!(size_of::<task::Header>() == 64);
    assert!(task::BODY_OFFSET == 64);
};
