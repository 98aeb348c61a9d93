//! The work-stealing executor: several workers, each with a queue of its own, who help each other out.
//!
//! [`scheduler`] is what every thread may touch, [`queues`] what only the thread in a seat does. [`worker`] is the loop:
//! next, run; [`search`] is where the next task comes from, [`sleep`] what happens if there is none, [`stop`] how it
//! ends. [`spare`] are the workers that stand in for one that blocks, [`pinned`] the tasks that
//! stay on one. [`rescue`] is what somebody does who watches the workers, and [`doze`] whether somebody does.

pub(crate) mod doze;
pub(crate) mod pinned;
pub(crate) mod queues;
mod remote;
pub(crate) mod rescue;
pub(crate) mod scheduler;
mod search;
mod sleep;
pub(crate) mod spare;
pub(crate) mod stop;
pub(crate) mod worker;
