//! In a process of its own: what a runtime holds for tasks that wait for ever.
//!
//! Tasks come in waves, as they come to a server, so that no run queue grows to the number of all tasks: the tasks
//! are measured, not the queue.

use crate::machine;
use crate::peer::Peer;
use futures::task::AtomicWaker;
use serde::{Deserialize, Serialize};
use std::future::{self, Future};
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

/// How large the futures are.
pub(crate) const SIZES: [usize; 4] = [0, 24, 200, 1_000];
/// One of so many tasks stays when the others end: spread among them, as it happens.
pub(crate) const STAYS: usize = 100;
/// How many tasks come, or are woken, at a time.
const WAVE: usize = 1_000;
/// How long an allocator that gives memory back later has for it.
const LATER: Duration = Duration::from_millis(100);

/// The resident memory of the process, in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Resident {
    /// With the runtime, without tasks.
    pub(crate) before: u64,
    /// When every task was polled once and waits.
    pub(crate) idle: u64,
    /// When all but one in [`STAYS`] have ended.
    pub(crate) after: u64,
}

static WAKERS: Mutex<Vec<Option<Waker>>> = Mutex::new(Vec::new());
static ENDING: AtomicBool = AtomicBool::new(false);
static POLLED: AtomicUsize = AtomicUsize::new(0);
/// Who waits for how many polls.
static WAITING: AtomicWaker = AtomicWaker::new();
static GOAL: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Holds that many bytes, and nothing else, while it waits.
struct Idle<const BYTES: usize>([u8; BYTES]);

const FILLED: u8 = 0xA5;

impl<const BYTES: usize> Idle<BYTES> {
    fn new() -> Idle<BYTES> {
        const { assert!(size_of::<Idle<BYTES>>() == BYTES) };
        Idle(black_box([FILLED; BYTES]))
    }
}

impl<const BYTES: usize> Future for Idle<BYTES> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let ending = ENDING.load(Ordering::Acquire);
        if ending {
            assert!(self.0.iter().all(|byte| *byte == FILLED), "the bytes live as long as the future");
        } else {
            let mut wakers = WAKERS.lock().expect("nobody panics");
            assert!(wakers.len() < wakers.capacity(), "polled although nobody woke it");
            wakers.push(Some(cx.waker().clone()));
        }
        if POLLED.fetch_add(1, Ordering::AcqRel) + 1 == GOAL.load(Ordering::Acquire) {
            WAITING.wake();
        }
        if ending { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Waits until so many polls were done since the program began.
async fn polled(goal: usize) {
    GOAL.store(goal, Ordering::Release);
    future::poll_fn(|cx| {
        WAITING.register(cx.waker());
        if POLLED.load(Ordering::Acquire) < goal { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

fn resident() -> Option<u64> {
    machine::field("/proc/self/status", "VmRSS").and_then(|value| machine::kib(&value))
}

/// `None` if the size is not one of [`SIZES`], or the system does not say what is resident. Once in a process.
pub(crate) fn measure<P: Peer>(bytes: usize, tasks: usize) -> Option<Resident> {
    match bytes {
        0 => fill::<P, 0>(tasks),
        24 => fill::<P, 24>(tasks),
        200 => fill::<P, 200>(tasks),
        1_000 => fill::<P, 1_000>(tasks),
        _ => None,
    }
}

fn fill<P: Peer, const BYTES: usize>(tasks: usize) -> Option<Resident> {
    {
        // The wakers' place is resident before the first look, so that it does not count: it is written to.
        let mut wakers = WAKERS.lock().expect("nobody panics");
        *wakers = black_box(vec![Some(Waker::noop().clone()); tasks]);
        wakers.clear();
    }
    let mut peer = P::new();
    let resident = peer.block_on(look::<P, BYTES>(tasks));
    // The process ends: nobody waits for the drop of the idle tasks.
    std::mem::forget(peer);
    resident
}

async fn look<P: Peer, const BYTES: usize>(tasks: usize) -> Option<Resident> {
    // Once there and back, for what a runtime makes with its first task.
    P::spawn(async {}).await;
    let before = resident()?;

    let mut spawned = 0;
    while spawned < tasks {
        let wave = WAVE.min(tasks - spawned);
        (0..wave).for_each(|_| P::detach(Idle::<BYTES>::new()));
        spawned += wave;
        polled(spawned).await;
    }
    let idle = resident()?;

    ENDING.store(true, Ordering::Release);
    let mut woken = 0;
    for number in (0..tasks).filter(|number| number % STAYS != 0) {
        let waker = WAKERS.lock().expect("nobody panics")[number].take();
        waker.expect("every task left its waker").wake();
        woken += 1;
        if woken % WAVE == 0 {
            polled(tasks + woken).await;
        }
    }
    polled(tasks + woken).await;
    thread::sleep(LATER);
    P::yield_now().await;
    Some(Resident { before, idle, after: resident()? })
}
