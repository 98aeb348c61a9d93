//! airmail-core: what a task is, for any executor.

#[cfg(not(target_pointer_width = "64"))]
compile_error!("airmail packs a generation beside an address and needs a 64-bit target");

mod names;
mod pool;
mod queue;
mod sync;
mod task;

pub use queue::*;
pub use task::*;
