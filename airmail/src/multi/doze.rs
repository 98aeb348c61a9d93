//! Whether somebody watches the workers. While all of them rest, nobody does, and nobody's clock ticks.

use crate::sync::atomic::{AtomicBool, Ordering, fence};

/// Set while nobody watches.
///
/// The watchdog sets it, and looks once more whether all rest; a worker comes out of its rest, and looks whether it is set.
/// Between the two steps of each is a full fence, so one of them finds out.
#[derive(Debug)]
pub(crate) struct Doze(AtomicBool);

impl Doze {
    /// Nobody watches yet.
    pub(crate) fn new() -> Doze {
        Doze(AtomicBool::new(true))
    }

    /// Asked by a worker that has something to do, after a full fence since its rest.
    #[inline(always)]
    pub(crate) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Somebody has something to do. `true`: the caller has to call the watchdog.
    pub(crate) fn end(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }

    /// The watchdog has seen all workers rest. `true`: it need not look any more until it is called.
    pub(crate) fn begin(&self, all_rest: impl FnOnce() -> bool) -> bool {
        // `Release` pairs with the exchange in `end`.
        self.0.store(true, Ordering::Release);
        // Pairs with the one of a worker that comes out of its rest.
        fence(Ordering::SeqCst);
        // If it was ended meanwhile, whoever did that calls.
        all_rest() || !self.end()
    }
}
