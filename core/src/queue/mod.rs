//! Queues of tasks.
//!
//! | queue | order | who puts | who takes |
//! |---|---|---|---|
//! | [`ReadyQueue`] | first in, first out | one thread | the same thread |
//! | [`Inbox`] | first in, first out within a batch | any thread | one thread, everything at once |
//! | [`Ring`] | first in, first out | one thread | the same thread; others half of it |
//! | [`Lifo`] | one task | one thread | any thread |
//! | [`Injector`] | first in, first out, for each thread that puts | any thread | any thread, a few at once |
//!
//! [`Chain`] is tasks on their way from one to another; [`Gate`] says whom to wake for a task.

mod chain;
mod gate;
mod inbox;
mod injector;
mod lifo;
mod ready;
mod ring;

pub use chain::Chain;
pub use gate::Gate;
pub use inbox::{Batch, Inbox};
pub use injector::Injector;
pub use lifo::{Lifo, LifoThief};
pub use ready::ReadyQueue;
pub use ring::{Ring, Thief};
