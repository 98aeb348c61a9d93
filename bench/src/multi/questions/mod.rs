//! The questions for several workers, one file each.

pub(crate) mod built;
pub(crate) mod chained;
pub(crate) mod children;
pub(crate) mod fairness;
pub(crate) mod idle_wake;
pub(crate) mod join;
pub(crate) mod outside;
pub(crate) mod pieces;
pub(crate) mod pipeline;
pub(crate) mod shutdown;
pub(crate) mod speed_up;
pub(crate) mod two_tasks;
pub(crate) mod wake_latency;
