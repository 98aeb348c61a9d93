//! The questions, one file each.

pub(crate) mod batch;
pub(crate) mod detached;
pub(crate) mod mpsc;
pub(crate) mod ping_pong;
pub(crate) mod self_wake;
pub(crate) mod skynet;
pub(crate) mod spawn_join;
pub(crate) mod yields;
