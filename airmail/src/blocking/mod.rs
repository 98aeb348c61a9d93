//! Threads for functions that block: started on demand, with a bound, and let go when they have nothing to do.
//!
//! `crew` is the protocol, which the models compile too; `pool` does what it says with real threads.

mod crew;
mod pool;
#[cfg(test)]
mod tests;

pub(crate) use crew::Wait;
pub use pool::RunningFunction;
pub(crate) use pool::{Job, KEEP_ALIVE, MAX_THREADS, Pool};
