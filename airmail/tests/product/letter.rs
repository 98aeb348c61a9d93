//! The task under test, its output, and what it throws; each counts what becomes of it.

use crate::case::{Abort, By, Case, Shape, When};
use crate::expect::{IN_DROP, IN_OUTPUT, IN_POLL, IN_WAKER, NO_TEXT};
use airmail::runtime::Trouble;
use airmail::task::{AbortHandle, Id, JoinHandle};
use std::any::Any;
use std::future::Future;
use std::panic::{Location, panic_any};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// One thing that the hook heard.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) trouble: Trouble,
    pub(crate) id: Id,
    pub(crate) name: Option<&'static str>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) message: String,
}

/// How many there were, and how many of them are gone.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) made: AtomicU32,
    pub(crate) dropped: AtomicU32,
}

impl Count {
    pub(crate) fn both(&self) -> (u32, u32) {
        (self.made.load(Relaxed), self.dropped.load(Relaxed))
    }
}

/// What a case's parts share.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) case: Case,
    pub(crate) polls: AtomicU32,
    pub(crate) futures: Count,
    pub(crate) outputs: Count,
    pub(crate) payloads: Count,
    /// A task that yields goes on.
    pub(crate) let_go: AtomicBool,
    /// How often the joiner's foreign waker was woken.
    pub(crate) foreign_wakes: AtomicU32,
    /// The task's waker, from its first poll.
    pub(crate) waker: Mutex<Option<Waker>>,
    pub(crate) handle: Mutex<Option<JoinHandle<Output>>>,
    pub(crate) aborter: Mutex<Option<AbortHandle>>,
    pub(crate) heard: Mutex<Vec<Heard>>,
}

/// The lock, whatever panicked under it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    pub(crate) fn new(case: Case) -> Arc<Desk> {
        Arc::new(Desk {
            case,
            polls: AtomicU32::new(0),
            futures: Count::default(),
            outputs: Count::default(),
            payloads: Count::default(),
            let_go: AtomicBool::new(false),
            foreign_wakes: AtomicU32::new(0),
            waker: Mutex::default(),
            handle: Mutex::default(),
            aborter: Mutex::default(),
            heard: Mutex::default(),
        })
    }

    pub(crate) fn abort(&self, by: By) {
        match by {
            By::JoinHandle => lock(&self.handle).as_ref().expect("`Case::no_handle_left`").abort(),
            By::AbortHandle => lock(&self.aborter).as_ref().expect("set at the spawn").abort(),
        }
    }

    fn throw(self: &Arc<Self>, text: &'static str) -> ! {
        if self.case.payload_panics {
            self.payloads.made.fetch_add(1, Relaxed);
            panic_any(Payload(Arc::clone(self)));
        }
        panic!("{text}");
    }
}

/// A payload whose drop panics.
struct Payload(Arc<Desk>);

/// What a payload's drop throws: of no size, so that nothing leaks where it is forgotten.
struct Second;

impl Drop for Payload {
    fn drop(&mut self) {
        self.0.payloads.dropped.fetch_add(1, Relaxed);
        if !std::thread::panicking() {
            panic_any(Second);
        }
    }
}

/// The text of a panic, as a report gives it.
pub(crate) fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&'static str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| NO_TEXT.to_owned())
}

/// The future under test.
pub(crate) struct Letter(Arc<Desk>);

impl Letter {
    pub(crate) fn new(desk: &Arc<Desk>) -> Letter {
        desk.futures.made.fetch_add(1, Relaxed);
        Letter(Arc::clone(desk))
    }
}

impl Future for Letter {
    type Output = Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        let desk = &self.0;
        let first = desk.polls.fetch_add(1, Relaxed) == 0;
        *lock(&desk.waker) = Some(cx.waker().clone());
        if first && let Some(by) = desk.case.abort_at(When::InPoll) {
            desk.abort(by);
        }
        match desk.case.shape {
            Shape::Yields if first || !desk.let_go.load(Relaxed) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Shape::Waits if first => return Poll::Pending,
            _ => {}
        }
        if desk.case.poll_panics() {
            desk.throw(IN_POLL);
        }
        desk.outputs.made.fetch_add(1, Relaxed);
        Poll::Ready(Output(Arc::clone(desk)))
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        let desk = &self.0;
        desk.futures.dropped.fetch_add(1, Relaxed);
        if desk.case.abort == Abort::InDrop {
            desk.abort(By::AbortHandle);
        }
        if desk.case.drop_panics() && !std::thread::panicking() {
            desk.throw(IN_DROP);
        }
    }
}

/// The letter in an envelope that no slot has room for.
pub(crate) struct Large {
    letter: Letter,
    bulk: [u8; 1024],
}

impl Large {
    pub(crate) fn new(letter: Letter) -> Large {
        Large { letter, bulk: [7; 1024] }
    }
}

impl Future for Large {
    type Output = Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        assert!(self.bulk.iter().all(|&byte| byte == 7), "the future's bytes were written over");
        // A letter is `Unpin`.
        Pin::new(&mut self.letter).poll(cx)
    }
}

/// What the task answers.
pub(crate) struct Output(Arc<Desk>);

impl Drop for Output {
    fn drop(&mut self) {
        let desk = &self.0;
        desk.outputs.dropped.fetch_add(1, Relaxed);
        if desk.case.output_panics && !std::thread::panicking() {
            desk.throw(IN_OUTPUT);
        }
    }
}

/// A waker of nobody's task.
pub(crate) struct Foreign {
    desk: Arc<Desk>,
    panics: bool,
}

impl Foreign {
    pub(crate) fn new(desk: &Arc<Desk>, panics: bool) -> Arc<Foreign> {
        Arc::new(Foreign { desk: Arc::clone(desk), panics })
    }
}

impl Wake for Foreign {
    fn wake(self: Arc<Self>) {
        self.desk.foreign_wakes.fetch_add(1, Relaxed);
        if self.panics {
            self.desk.throw(IN_WAKER);
        }
    }
}
