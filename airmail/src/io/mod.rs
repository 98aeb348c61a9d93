//! Reading and writing without blocking.

mod interest;
mod ready;
pub(crate) mod source;

pub use interest::Interest;
pub use ready::Ready;
