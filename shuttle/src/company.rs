//! What `multi` wants of a runtime's company; airmail's own has more, with threads of its own.

use crate::driver::Reactor;
use crate::inspect::Track;
use crate::timers::Timers;
use std::sync::Arc;

#[derive(Default)]
pub(crate) struct Company {
    pub(crate) track: Option<Arc<dyn Track>>,
    pub(crate) timers: Arc<Timers>,
    pub(crate) reactor: Arc<Reactor>,
    pub(crate) rests: Rests,
}

/// Nobody wants to hear of a thread's rests.
#[derive(Default)]
pub(crate) struct Rests;

impl Rests {
    #[allow(clippy::unused_self, reason = "the face of airmail's")]
    pub(crate) fn around(&self, wait: impl FnOnce()) {
        wait();
    }
}
