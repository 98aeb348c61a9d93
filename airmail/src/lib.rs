//! airmail: an async runtime whose tasks arrive fast and can be tracked.
#![forbid(unsafe_code)]

mod context;
mod driver;
pub mod inspect;
mod local;
pub mod runtime;
pub mod task;

pub use task::spawn;
