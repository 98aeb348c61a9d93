//! Tasks: spawning, waiting for them, stopping them.

mod blocking;
mod builder;
pub mod coop;
mod inherit;
pub mod join_set;
mod local_key;
mod local_set;
mod notice;
mod pinned;
mod scope;
mod spawn;
mod yield_now;

pub use airmail_core::{AbortHandle, Activity, Id, JoinError, JoinHandle, Meta, Outcome, Runnable, TaskInfo};
pub use blocking::{block_in_place, spawn_blocking};
pub(crate) use blocking::{spawn_blocking_at, spawn_blocking_on};
pub use builder::Builder;
pub use coop::{Unconstrained, consume_budget, unconstrained};
#[doc(hidden)]
pub use inherit::Heritage;
pub use inherit::{Inherit, inherit};
pub use join_set::JoinSet;
pub use local_key::{AccessError, LocalKey, TaskLocalFuture};
pub use local_set::{LocalEnterGuard, LocalSet};
pub use notice::shutdown_notice;
pub use pinned::spawn_pinned;
pub(crate) use pinned::spawn_pinned_at;
pub use scope::{LentFuture, Scope, Scoped, scope};
pub use spawn::{id, spawn, spawn_local, spawn_many, try_id};
pub(crate) use spawn::{spawn_at, spawn_local_at};
pub use yield_now::yield_now;
