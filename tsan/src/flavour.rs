//! The runtimes that every program is run with.

use airmail::runtime::{Builder, Runtime};
use std::sync::Arc;

/// A runtime, and how many threads are in its `block_on` all the time.
pub(crate) struct Flavour {
    pub(crate) name: &'static str,
    pub(crate) drivers: usize,
    builder: fn() -> Builder,
}

/// The first is the simplest.
pub(crate) const FLAVOURS: &[Flavour] = &[
    Flavour { name: "current-thread", drivers: 1, builder: Builder::new_current_thread },
    Flavour { name: "current-thread-in-turns", drivers: 3, builder: Builder::new_current_thread },
    Flavour { name: "one-worker", drivers: 1, builder: || multi_thread(1) },
    Flavour { name: "two-workers", drivers: 1, builder: || multi_thread(2) },
    Flavour { name: "eight-workers", drivers: 1, builder: || multi_thread(8) },
];

fn multi_thread(workers: usize) -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers);
    builder
}

impl Flavour {
    /// With a hook that hears nothing: no task here panics, or waits where nobody can wake it.
    pub(crate) fn runtime(&self) -> Arc<Runtime> {
        let mut builder = (self.builder)();
        builder.on_trouble(|report| {
            eprintln!("a trouble where there should be none: {report}");
            std::process::abort();
        });
        Arc::new(builder.build().expect("the defaults make sense"))
    }
}
