//! Core's places for sources of events. (Its table of them has no protocol of its own, but for a lock of the process.)

#[path = "../../core/src/ready/resource.rs"]
mod resource;
#[path = "../../core/src/ready/word.rs"]
mod word;

pub(crate) use resource::{Resource, Side, TO_READ, TO_WRITE, Waiting};
pub(crate) use word::{ERROR, GONE, READABLE, Readiness, WRITABLE};
