//! What every model needs: the exploration with its counts, and tasks that keep a record.

use loom::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// How far a model is explored, and what must be met on the way.
pub(super) struct Model {
    /// How many times a thread may be interrupted where it could go on; `None`: any number of times.
    pub(super) bound: Option<usize>,
    /// The exploration must have at least so many executions: fewer mean that the race is not there any more.
    pub(super) floor: u64,
    /// What executions may [see](Seen::note). Each must be seen in some execution, and nothing else.
    pub(super) outcomes: &'static [&'static str],
}

/// Which outcomes were seen, over all executions.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Seen {
    pub(super) fn note(&self, outcome: &'static str) {
        *self.0.lock().unwrap().entry(outcome).or_default() += 1;
    }

    /// One of two.
    pub(super) fn either(&self, which: bool, yes: &'static str, no: &'static str) {
        self.note(if which { yes } else { no });
    }
}

impl Model {
    /// Explores `execution`, prints the number of executions, and checks floor and outcomes.
    pub(super) fn check(self, execution: impl Fn(&Seen) + Send + Sync + 'static) {
        let seen = Seen::default();
        let executions = Arc::new(AtomicU64::new(0));
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = self.bound.map(|bound| bound + deeper());
        builder.max_branches = 10_000;
        let bound = builder.preemption_bound.map_or("none".to_owned(), |bound| bound.to_string());
        builder.check({
            let (seen, executions) = (seen.clone(), Arc::clone(&executions));
            move || {
                crate::pool::begin();
                executions.fetch_add(1, Relaxed);
                execution(&seen);
                // Whatever the model did: by now every handle is gone, and every slot is free again.
                crate::pool::check_slots();
            }
        });
        let executions = executions.load(Relaxed);
        let seen = seen.0.lock().unwrap();
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("?").trim_start_matches("models::").to_owned();
        crate::figures::tell(&format!("model {name}: {executions} executions, bound {bound}, seen {seen:?}"));
        assert!(executions >= self.floor, "{name}: {executions} executions, the floor is {}", self.floor);
        for outcome in self.outcomes {
            assert!(seen.contains_key(outcome), "{name}: the outcome {outcome:?} was never seen");
        }
        for outcome in seen.keys() {
            assert!(self.outcomes.contains(outcome), "{name}: the outcome {outcome:?} is not expected");
        }
    }
}

/// `AIRMAIL_MODEL_BOUND=+1` explores every bounded model one preemption deeper.
fn deeper() -> usize {
    match std::env::var("AIRMAIL_MODEL_BOUND") {
        Ok(more) => more.trim_start_matches('+').parse().expect("AIRMAIL_MODEL_BOUND is like +1"),
        Err(_) => 0,
    }
}

/// One bit that goes from one thread to another without any order: whoever relies on having seen it relies on
/// the wake-up that came with it.
#[derive(Clone)]
pub(super) struct Flag(Arc<AtomicBool>);

impl Flag {
    pub(super) fn new() -> Flag {
        Flag(Arc::new(AtomicBool::new(false)))
    }

    pub(super) fn raise(&self) {
        self.0.store(true, Relaxed);
    }

    pub(super) fn is_up(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// Memory without any order of its own. loom reports accesses that race.
pub(super) struct Plain(loom::cell::UnsafeCell<u32>);

// SAFETY: loom stops an execution before an access that races.
unsafe impl Sync for Plain {}

impl Plain {
    pub(super) fn new() -> Plain {
        Plain(loom::cell::UnsafeCell::new(0))
    }

    pub(super) fn read(&self) -> u32 {
        // SAFETY: see above.
        self.0.with(|value| unsafe { *value })
    }

    pub(super) fn write(&self, new: u32) {
        // SAFETY: see above.
        self.0.with_mut(|value| unsafe { *value = new });
    }
}

/// The record of one task: how often which thing happened to it.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Counts>);

#[derive(Default)]
struct Counts {
    polls: AtomicU32,
    polling: AtomicU32,
    futures_dropped: AtomicU32,
    outputs_made: AtomicU32,
    outputs_dropped: AtomicU32,
    dropped_by: Mutex<Option<loom::thread::ThreadId>>,
    waker: Mutex<Option<Waker>>,
}

impl Log {
    pub(super) fn polls(&self) -> u32 {
        self.0.polls.load(Relaxed)
    }

    /// The waker that the last poll left, taken out.
    pub(super) fn waker(&self) -> Waker {
        self.take_waker().expect("the task left a waker")
    }

    /// The waker that the last poll left, if any.
    pub(super) fn take_waker(&self) -> Option<Waker> {
        self.0.waker.lock().unwrap().take()
    }

    pub(super) fn leave(&self, waker: &Waker) {
        let waker = waker.clone();
        let before = self.0.waker.lock().unwrap().replace(waker);
        drop(before);
    }

    pub(super) fn future_is_dropped(&self) -> bool {
        self.0.futures_dropped.load(Relaxed) > 0
    }

    pub(super) fn answered(&self) -> bool {
        self.0.outputs_made.load(Relaxed) > 0
    }

    /// The thread that dropped the future.
    pub(super) fn dropped_by(&self) -> loom::thread::ThreadId {
        self.0.dropped_by.lock().unwrap().expect("the future was dropped")
    }

    /// The end state that every task has.
    pub(super) fn check_end(&self) {
        let counts = &self.0;
        assert_eq!(counts.futures_dropped.load(Relaxed), 1, "a future is dropped exactly once");
        let (made, dropped) = (counts.outputs_made.load(Relaxed), counts.outputs_dropped.load(Relaxed));
        assert!(made <= 1, "a task answers at most once");
        assert_eq!(made, dropped, "an output is delivered or dropped exactly once");
    }
}

/// A future that does what its closure does, and records it.
pub(super) struct Recorded<F> {
    poll: F,
    log: Log,
}

/// What a recorded future answers.
pub(super) struct Output(Log);

/// A future from a closure, which gets the number of the poll, from 1.
pub(super) fn recorded<F: FnMut(&mut Context<'_>, u32) -> Poll<()> + Unpin>(
    log: &Log,
    poll: F,
) -> Recorded<F> {
    Recorded { poll, log: log.clone() }
}

impl<F: FnMut(&mut Context<'_>, u32) -> Poll<()> + Unpin> Future for Recorded<F> {
    type Output = Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        let log = self.log.clone();
        let polls = log.0.polls.fetch_add(1, Relaxed) + 1;
        if log.0.polling.swap(1, Relaxed) == 1 {
            // The poll catches panics, so this one is left for the end.
            log.0.futures_dropped.fetch_add(100, Relaxed);
        }
        let answer = (self.poll)(cx, polls);
        log.0.polling.store(0, Relaxed);
        answer.map(|()| {
            log.0.outputs_made.fetch_add(1, Relaxed);
            Output(log)
        })
    }
}

impl<F> Drop for Recorded<F> {
    fn drop(&mut self) {
        self.log.0.futures_dropped.fetch_add(1, Relaxed);
        *self.log.0.dropped_by.lock().unwrap() = Some(loom::thread::current().id());
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.0.0.outputs_dropped.fetch_add(1, Relaxed);
    }
}

/// A poll that leaves its waker and is done once all flags are up.
pub(super) fn wait_for<const N: usize>(
    log: &Log,
    flags: [&Flag; N],
) -> Recorded<impl FnMut(&mut Context<'_>, u32) -> Poll<()> + Send + use<N>> {
    let (flags, own) = (flags.map(Flag::clone), log.clone());
    recorded(log, move |cx, _| {
        if flags.iter().all(Flag::is_up) {
            return Poll::Ready(());
        }
        own.leave(cx.waker());
        Poll::Pending
    })
}

/// A waker that is none of ours, and how often it was woken.
#[derive(Default)]
pub(super) struct Foreign {
    pub(super) woken: AtomicU32,
    pub(super) panics: bool,
}

impl Foreign {
    pub(super) fn woken(&self) -> u32 {
        self.woken.load(Relaxed)
    }
}

impl std::task::Wake for Foreign {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Relaxed);
        if self.panics {
            // Without the panic hook, which would print a line for each execution.
            std::panic::resume_unwind(Box::new("a foreign waker panics"));
        }
    }
}
