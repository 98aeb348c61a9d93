//! Who takes part, one file each.

pub(crate) mod airmail_current;
pub(crate) mod airmail_local;
pub(crate) mod airmail_multi;
pub(crate) mod airmail_set;
pub(crate) mod compio;
pub(crate) mod executor;
pub(crate) mod executor_local;
pub(crate) mod executor_multi;
pub(crate) mod executor_static;
pub(crate) mod executor_static_multi;
pub(crate) mod floor;
pub(crate) mod local_pool;
pub(crate) mod nio;
pub(crate) mod nio_local;
pub(crate) mod nio_multi;
#[cfg(target_os = "linux")]
pub(crate) mod spargio;
mod threads;
pub(crate) mod tokio_current;
pub(crate) mod tokio_multi;
pub(crate) mod tokio_set;
