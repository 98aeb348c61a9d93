//! The one call that cannot be answered: `block_on` inside the `block_on` of the same single-threaded runtime.

use std::error::Error;
use std::fmt;
use std::panic::Location;

/// A `block_on` inside the `block_on` of the same single-threaded runtime, on the same thread: the inner call would wait
/// for tasks that only the outer call can run. Its text names both places, and says what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NestedBlockOn {
    pub(super) outer: &'static Location<'static>,
    pub(super) inner: &'static Location<'static>,
}

impl NestedBlockOn {
    /// Where the call that goes on is.
    pub fn outer(&self) -> &'static Location<'static> {
        self.outer
    }

    /// Where the call that was refused is.
    pub fn inner(&self) -> &'static Location<'static> {
        self.inner
    }

    #[cold]
    #[track_caller]
    pub(super) fn panic(self) -> ! {
        panic!("{self}")
    }
}

impl fmt::Display for NestedBlockOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NestedBlockOn { outer, inner } = self;
        write!(
            f,
            "`block_on` at {inner} inside the `block_on` at {outer} of the same single-threaded runtime: the inner call \
             would wait for tasks that only the outer call can run. Await the future instead, or spawn it and await its \
             handle"
        )
    }
}

impl Error for NestedBlockOn {}
