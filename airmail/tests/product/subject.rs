//! The three executors, seen alike.

use crate::case::{Case, On};
use airmail::runtime::{Builder, LocalOptions, LocalRuntime, Report, Runtime};
use airmail::task::{JoinHandle, LocalSet};
use std::future::Future;
use std::panic::Location;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// An executor that a case is played on.
pub(crate) enum Subject {
    Runtime(Runtime),
    LocalRuntime(LocalRuntime),
    // The set goes first.
    LocalSet(Box<LocalSet>, Runtime),
}

/// Answers `Pending` so often, waking itself.
pub(crate) struct Yields(pub(crate) u32);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Subject {
    pub(crate) fn new(case: Case, hook: impl Fn(&Report<'_>) + Send + Sync + 'static) -> Subject {
        let mut builder = Builder::new_current_thread();
        builder.on_trouble(hook).count_wakers(case.counted);
        match case.on {
            On::Runtime => Subject::Runtime(builder.build().unwrap()),
            On::LocalRuntime => Subject::LocalRuntime(builder.build_local(LocalOptions::default()).unwrap()),
            On::LocalSet => Subject::LocalSet(Box::default(), builder.build().unwrap()),
        }
    }

    /// Spawns, and tells where.
    #[track_caller]
    pub(crate) fn spawn<F>(&self, future: F) -> (JoinHandle<F::Output>, &'static Location<'static>)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let handle = match self {
            Subject::Runtime(runtime) => runtime.spawn(future),
            Subject::LocalRuntime(runtime) => runtime.spawn_local(future),
            Subject::LocalSet(set, _) => set.spawn_local(future),
        };
        (handle, Location::caller())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            Subject::Runtime(runtime) => runtime.block_on(future),
            Subject::LocalRuntime(runtime) => runtime.block_on(future),
            Subject::LocalSet(set, runtime) => set.block_on(runtime, future),
        }
    }

    /// Runs code inside the executor, which polls no task meanwhile.
    pub(crate) fn inside<R>(&self, code: impl FnOnce() -> R) -> R {
        self.block_on(async { code() })
    }

    /// Lets tasks run for so many turns of the root.
    pub(crate) fn drive(&self, turns: u32) {
        self.block_on(Yields(turns));
    }

    /// How many tasks have not ended; a local set says only whether there are any.
    pub(crate) fn alive(&mut self) -> usize {
        match self {
            Subject::Runtime(runtime) => runtime.handle().metrics().num_alive_tasks(),
            Subject::LocalRuntime(runtime) => runtime.handle().metrics().num_alive_tasks(),
            Subject::LocalSet(set, _) => {
                let set = pin!(&mut **set);
                usize::from(set.poll(&mut Context::from_waker(Waker::noop())).is_pending())
            }
        }
    }
}
