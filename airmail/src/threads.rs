//! How a runtime makes its threads.

use crate::sync::{Arc, Condvar, Instant, Mutex, lock, wait_until};
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

/// What a thread is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It polls tasks.
    Worker,
    /// It runs functions that block.
    Blocking,
}

impl Kind {
    fn default_name(self) -> &'static str {
        match self {
            Kind::Worker => "airmail-worker",
            Kind::Blocking => "airmail-blocking",
        }
    }
}

/// What a program does when a thread starts or ends.
pub(crate) type ThreadHook = Arc<dyn Fn() + Send + Sync>;
/// What a program calls its threads.
pub(crate) type ThreadName = Arc<dyn Fn() -> String + Send + Sync>;
/// Whether the n-th start fails, from 1: for tests.
pub(crate) type StartFails = Arc<dyn Fn(usize) -> bool + Send + Sync>;

/// A thread that was started.
#[derive(Debug)]
pub(crate) struct Started {
    thread: JoinHandle<()>,
    gone: Arc<Gone>,
}

/// Whether a thread has run the last code of the program, destructors of its thread-locals included.
#[derive(Debug)]
struct Gone {
    state: Mutex<End>,
    told: Condvar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    ToCome,
    /// Somebody waits for it with a deadline.
    Awaited,
    Over,
}

/// Dropped as the last that a thread does.
struct TellsGone(Arc<Gone>);

thread_local! {
    /// The first thread-local that a thread uses is the last that it drops, where the system has an order at all.
    static LAST: RefCell<Option<TellsGone>> = const { RefCell::new(None) };
}

impl Drop for TellsGone {
    fn drop(&mut self) {
        let before = std::mem::replace(&mut *lock(&self.0.state), End::Over);
        if before == End::Awaited {
            self.0.told.notify_all();
        }
    }
}

impl Started {
    /// It has done its work, though destructors of its thread-locals may run still.
    pub(crate) fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    pub(crate) fn is_this(&self) -> bool {
        self.thread.thread().id() == thread::current().id()
    }

    /// Waits until it is gone, also for the system, or until the deadline. `true`: it is, and without a panic, which would
    /// have been printed when it happened.
    pub(crate) fn join(self, until: Option<Instant>) -> bool {
        let mut state = lock(&self.gone.state);
        while until.is_some() && *state != End::Over {
            *state = End::Awaited;
            let (again, timed_out) = wait_until(&self.gone.told, state, until);
            state = again;
            if timed_out && *state != End::Over {
                return false;
            }
        }
        drop(state);
        self.thread.join().is_ok()
    }
}

/// How a runtime's threads are made. The default: as the standard library makes them, named after their kind.
#[derive(Clone, Default)]
pub(crate) struct Threads {
    /// The next thread's name. `None`: its kind says.
    pub(crate) name: Option<ThreadName>,
    /// In bytes. `None`: the standard library's.
    pub(crate) stack_size: Option<usize>,
    /// The first and the last that a thread does. Their panics are reported; the thread works all the same.
    pub(crate) on_start: Option<ThreadHook>,
    pub(crate) on_stop: Option<ThreadHook>,
    pub(crate) start_fails: Option<StartFails>,
    /// How many starts were tried, while somebody asks.
    pub(crate) starts: Arc<AtomicUsize>,
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").field("stack_size", &self.stack_size).finish_non_exhaustive()
    }
}

impl Threads {
    /// Starts a thread that does `work` between the two hooks. `enter` is the very first that it does, and what that answers
    /// is dropped last: that can say that the thread is as good as gone. What the work panics with is the handle's.
    ///
    /// # Errors
    /// If the system refuses the thread, or its name.
    pub(crate) fn start_inside<G: 'static>(
        &self,
        kind: Kind,
        enter: impl FnOnce() -> G + Send + 'static,
        work: impl FnOnce(&mut G) + Send + 'static,
    ) -> io::Result<Started> {
        let name = self.next_name(kind);
        // The standard library would panic.
        if name.contains('\0') {
            let message = format!("the name {name:?} of a thread contains a zero byte");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if let Some(fails) = &self.start_fails {
            let start = self.starts.fetch_add(1, Ordering::Relaxed) + 1;
            if fails(start) {
                return Err(io::Error::other(format!("start {start} fails on request")));
            }
        }
        let mut builder = thread::Builder::new().name(name);
        if let Some(bytes) = self.stack_size {
            builder = builder.stack_size(bytes);
        }
        let (on_start, on_stop) = (self.on_start.clone(), self.on_stop.clone());
        let gone = Arc::new(Gone { state: Mutex::new(End::ToCome), told: Condvar::new() });
        let tells = TellsGone(Arc::clone(&gone));
        let thread = builder.spawn(move || {
            LAST.set(Some(tells));
            let mut inside = enter();
            call("`on_thread_start`", on_start.as_ref());
            work(&mut inside);
            call("`on_thread_stop`", on_stop.as_ref());
            drop((on_start, on_stop));
            drop(inside);
        })?;
        Ok(Started { thread, gone })
    }

    fn next_name(&self, kind: Kind) -> String {
        let named = self.name.as_ref().and_then(|name| caught("`thread_name_fn`", || name()));
        named.unwrap_or_else(|| kind.default_name().to_owned())
    }
}

/// Calls a hook, if there is one.
#[inline]
pub(crate) fn call(which: &str, hook: Option<&ThreadHook>) {
    if let Some(hook) = hook {
        caught(which, || hook());
    }
}

/// Runs what a program gave for threads. A panic in it belongs to no task, so no trouble hook can be told: a line on
/// stderr says it.
pub(crate) fn caught<T>(what: &str, code: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(value) => Some(value),
        Err(payload) => {
            let this = thread::current();
            let name = this.name().unwrap_or("without a name");
            let message = text(&*payload);
            say(&format!("{what} panicked in the thread `{name}`, which goes on: {message}"));
            discard(payload);
            None
        }
    }
}

/// A line on stderr: in one piece, beside those of other threads. Nobody is left to be told if that fails.
pub(crate) fn say(what: &str) {
    drop(io::stderr().write_all(format!("airmail: {what}\n").as_bytes()));
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}

/// Drops a payload whose drop may panic.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}
