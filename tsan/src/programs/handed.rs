//! Plain data goes from one thread to another, and nothing orders it but one step of airmail: the wake, the join,
//! the abort, the spawn.

use super::{Driven, join};
use crate::flavour::Flavour;
use crate::gate::{Gate, lock, size};
use crate::locks::Mutex;
use crate::plain::Plain;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

const TASKS: usize = 40;
const THREADS: usize = 2;

/// A letter to a task, and where the task leaves its waker.
#[derive(Default)]
struct Post {
    letter: Plain,
    /// Each has a lock of its own, which its sender takes before it writes and not after.
    waker: Mutex<Option<Waker>>,
}

impl Post {
    /// Waits for the waker of the task.
    fn waker(&self) -> Waker {
        loop {
            let waker = lock(&self.waker).take();
            match waker {
                Some(waker) => return waker,
                None => thread::yield_now(),
            }
        }
    }
}

/// Waits for one wake-up, and reads what came before it. Its own memory is plain too, and written in each poll.
struct Reader {
    post: Arc<Post>,
    polls: u64,
}

impl Future for Reader {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        self.polls += 1;
        if self.polls == 1 {
            *lock(&self.post.waker) = Some(cx.waker().clone());
            return Poll::Pending;
        }
        // Nothing but the letter's sender wakes this task.
        assert_eq!(self.polls, 2, "woken once");
        Poll::Ready(self.post.letter.get())
    }
}

/// Threads write to tasks and wake them.
fn send(posts: &[Arc<Post>], end: fn(Waker)) -> Vec<thread::JoinHandle<()>> {
    posts
        .chunks(posts.len() / THREADS)
        .map(|posts| {
            let posts = posts.to_vec();
            thread::spawn(move || {
                for (number, post) in posts.iter().enumerate() {
                    let waker = post.waker();
                    post.letter.set(number as u64 + 1);
                    end(waker);
                }
            })
        })
        .collect()
}

/// wake → the poll that it causes.
pub(super) fn woken(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    for round in 0..40 * size() {
        let posts: Vec<_> = (0..TASKS).map(|_| Arc::<Post>::default()).collect();
        let tasks = posts.iter().map(|post| Reader { post: Arc::clone(post), polls: 0 });
        let handles: Vec<_> = tasks.map(|task| runtime.spawn(task)).collect();
        let threads = send(&posts, if round % 2 == 0 { Waker::wake } else { |waker| waker.wake_by_ref() });
        let read: u64 = handles.into_iter().map(|handle| runtime.block_on(handle).expect("done")).sum();
        join(threads);
        let each = (TASKS / THREADS) as u64;
        assert_eq!(read, THREADS as u64 * each * (each + 1) / 2);
    }
    driven.stop();
}

/// The same for a future that is in `block_on` itself.
pub(super) fn root(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    for _ in 0..300 * size() {
        let posts: Vec<_> = (0..THREADS).map(|_| Arc::<Post>::default()).collect();
        let threads = send(&posts, Waker::wake);
        for post in posts {
            assert_eq!(runtime.block_on(Reader { post, polls: 0 }), 1);
        }
        join(threads);
    }
    driven.stop();
}

/// The end of a task → its output, and all that it did before.
pub(super) fn joined(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    for round in 0..40 * size() as u64 {
        let handles = (0..TASKS as u64).map(|number| {
            let letter = Arc::<Plain>::default();
            let mine = Arc::clone(&letter);
            let handle = runtime.spawn(async move {
                mine.set(number + 1);
                Box::new(number)
            });
            (handle, letter)
        });
        let handles: Vec<_> = handles.collect();
        if round % 2 == 0 {
            // Most are done when they are asked.
            thread::yield_now();
        }
        for (handle, letter) in handles {
            let number = runtime.block_on(handle).expect("done");
            assert_eq!(letter.get(), *number + 1);
        }
    }
    driven.stop();
}

/// Waits for ever, and reads the letter when it is dropped.
struct Sealed {
    post: Arc<Post>,
    asked: bool,
    gate: Arc<Gate>,
}

impl Future for Sealed {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.asked = true;
        *lock(&self.post.waker) = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        assert!(self.asked);
        assert_eq!(self.post.letter.get(), 1);
        self.gate.open();
    }
}

/// abort → the drop that it causes.
pub(super) fn aborted(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    for _ in 0..40 * size() {
        let tasks = (0..TASKS).map(|_| {
            let (post, gate) = (Arc::<Post>::default(), Arc::<Gate>::default());
            let task = Sealed { post: Arc::clone(&post), asked: false, gate: Arc::clone(&gate) };
            (post, gate, runtime.spawn(task))
        });
        for (post, gate, handle) in tasks.collect::<Vec<_>>() {
            let waker = post.waker();
            post.letter.set(1);
            handle.abort();
            // Stale: the task is ending, or another has its slot.
            waker.wake();
            runtime.block_on(gate.wait());
            assert!(runtime.block_on(handle).expect_err("aborted").is_cancelled());
        }
    }
    driven.stop();
}

/// spawn → the first poll, on another thread; a task's memory changes hands with every driver that polls it.
pub(super) fn spawned(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    let threads: Vec<_> = (0..THREADS as u64)
        .map(|thread| {
            let handle = runtime.handle().clone();
            thread::spawn(move || {
                for round in 0..1_500 * size() as u64 {
                    let letter = Arc::<Plain>::default();
                    letter.set(round);
                    let (reads, mut own) = (Arc::clone(&letter), [thread; 8]);
                    let task = handle.spawn(async move {
                        for _ in 0..round % 3 {
                            own = own.map(|n| n + 1);
                            airmail::task::yield_now().await;
                        }
                        (reads.get(), own)
                    });
                    if round % 8 == 0 {
                        let (read, own) = handle.block_on(task).expect("done");
                        assert_eq!((read, own), (round, [thread + round % 3; 8]));
                    }
                }
            })
        })
        .collect();
    join(threads);
    driven.stop();
}
