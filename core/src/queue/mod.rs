//! Queues of tasks.
//!
//! | queue | order | who puts | who takes |
//! |---|---|---|---|
//! | [`Inbox`] | first in, first out within a batch | any thread | one thread, everything at once |

mod inbox;

pub use inbox::{Batch, Inbox};
