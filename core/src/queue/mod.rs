//! Queues of tasks.
//!
//! | queue | order | who puts | who takes |
//! |---|---|---|---|
//! | [`ReadyQueue`] | first in, first out | one thread | the same thread |
//! | [`Inbox`] | first in, first out within a batch | any thread | one thread, everything at once |

mod inbox;
mod ready;

pub use inbox::{Batch, Inbox};
pub use ready::ReadyQueue;
