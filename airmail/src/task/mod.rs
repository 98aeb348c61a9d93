//! Tasks: spawning, waiting for them, stopping them.

mod local_set;
mod spawn;

pub use airmail_core::{AbortHandle, Activity, Id, JoinError, JoinHandle, Meta, Outcome, Runnable, TaskInfo};
pub use local_set::{LocalEnterGuard, LocalSet};
pub use spawn::{id, spawn, spawn_local, try_id};
pub(crate) use spawn::{spawn_at, spawn_local_at};
