//! Without the feature `net` there is nothing to wait for but calls and deadlines.

use super::{Driver, ThreadDriver};
use crate::sync::{Arc, Instant};

/// Sockets, of which there are none.
#[derive(Debug, Default)]
pub(crate) struct Reactor;

/// The default driver, and what it knows of sockets.
pub(crate) fn standard() -> (Box<dyn Driver>, Arc<Reactor>) {
    (Box::new(ThreadDriver::new()), Arc::default())
}

#[allow(clippy::unused_self, reason = "the face of the one that has sockets")]
impl Reactor {
    #[inline(always)]
    pub(crate) fn is_started(&self) -> bool {
        false
    }

    pub(crate) fn is_fresh(&self, _now: Instant) -> bool {
        true
    }

    #[inline(always)]
    pub(crate) fn deliver(&self) {}

    pub(crate) fn close(&self) {}
}
