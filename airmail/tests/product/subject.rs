//! The executors, seen alike.

use crate::case::{Case, On};
use crate::held::Held;
use airmail::runtime::{Builder, LocalOptions, LocalRuntime, Report, Runtime};
use airmail::task::{JoinHandle, LocalSet};
use std::cell::RefCell;
use std::future::Future;
use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// More turns than any case needs.
const ENOUGH: u32 = 6;

/// An executor that a case is played on.
pub(crate) enum Subject {
    Runtime(Runtime),
    LocalRuntime(LocalRuntime),
    // The set goes first.
    LocalSet(Box<LocalSet>, Runtime),
    Workers(Workers),
}

/// A runtime whose workers are held whenever the case goes on, so that nothing else happens then.
pub(crate) struct Workers {
    runtime: Runtime,
    held: RefCell<Option<Held>>,
    count: usize,
    /// How many have ended.
    ended: Arc<AtomicUsize>,
}

impl Workers {
    fn new(count: usize, builder: &mut Builder) -> Workers {
        let ended = Arc::new(AtomicUsize::new(0));
        let own = Arc::clone(&ended);
        builder.worker_threads(count).on_thread_stop(move || {
            own.fetch_add(1, SeqCst);
        });
        // Who is held is not to be helped.
        builder.rescue_after(Duration::MAX).report_stalls_after(Duration::MAX);
        let runtime = builder.build().unwrap();
        let held = RefCell::new(Some(Held::hold(runtime.handle())));
        Workers { runtime, held, count, ended }
    }

    /// Lets the workers go until this has come to pass.
    fn drive_until(&self, it: impl Fn() -> bool) {
        drop(self.held.take());
        until(it);
        self.held.replace(Some(Held::hold(self.runtime.handle())));
    }

    /// Tasks that have not ended, without those that hold the workers.
    fn alive(&self) -> usize {
        self.runtime.handle().metrics().num_alive_tasks() - self.count
    }

    /// If there are tasks, they are not polled from now on. Afterwards all threads are gone.
    fn end(self) {
        let Workers { runtime, held, count, ended } = self;
        if runtime.handle().metrics().num_alive_tasks() > count {
            runtime.shutdown_background();
            drop(held);
        } else {
            drop(held);
            drop(runtime);
        }
        until(|| ended.load(SeqCst) == count);
    }
}

/// Waits until other threads have come so far.
fn until(it: impl Fn() -> bool) {
    while !it() {
        std::thread::yield_now();
    }
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
        let mut builder = match case.on {
            On::Workers(_) => Builder::new_multi_thread(),
            _ => Builder::new_current_thread(),
        };
        builder.on_trouble(hook).count_wakers(case.counted);
        match case.on {
            On::Runtime => Subject::Runtime(builder.build().unwrap()),
            On::LocalRuntime => Subject::LocalRuntime(builder.build_local(LocalOptions::default()).unwrap()),
            On::LocalSet => Subject::LocalSet(Box::default(), builder.build().unwrap()),
            On::Workers(workers) => Subject::Workers(Workers::new(workers, &mut builder)),
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
            Subject::Workers(workers) => workers.runtime.spawn(future),
        };
        (handle, Location::caller())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            Subject::Runtime(runtime) => runtime.block_on(future),
            Subject::LocalRuntime(runtime) => runtime.block_on(future),
            Subject::LocalSet(set, runtime) => set.block_on(runtime, future),
            Subject::Workers(workers) => workers.runtime.block_on(future),
        }
    }

    /// Runs code inside the executor, which polls no task meanwhile.
    pub(crate) fn inside<R>(&self, code: impl FnOnce() -> R) -> R {
        self.block_on(async { code() })
    }

    /// Lets tasks run: for more turns than any case needs, or on workers until this has come to pass.
    pub(crate) fn drive_until(&self, it: impl Fn() -> bool) {
        match self {
            Subject::Workers(workers) => workers.drive_until(it),
            _ => self.block_on(Yields(ENOUGH)),
        }
    }

    /// The executor goes.
    pub(crate) fn end(self) {
        match self {
            Subject::Workers(workers) => workers.end(),
            on_this_thread => drop(on_this_thread),
        }
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
            Subject::Workers(workers) => workers.alive(),
        }
    }
}
