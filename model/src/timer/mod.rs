//! Core's wheels, which here live as long as an execution.

#[path = "../../../core/src/timer/entry.rs"]
mod entry;
#[path = "../../../core/src/timer/list.rs"]
mod list;
#[path = "../../../core/src/timer/place.rs"]
mod place;
mod pool;
#[path = "../../../core/src/timer/timers.rs"]
mod timers;
#[path = "../../../core/src/timer/wheel.rs"]
mod wheel;

pub(crate) use entry::{Closed, Entry};
pub(crate) use timers::{Remote, Timers};
pub(crate) use wheel::NEVER;
