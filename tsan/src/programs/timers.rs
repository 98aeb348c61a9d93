//! Timers across threads: each is armed on one, and dropped, moved or polled anew on another while a third fires it.

use super::{Driven, join};
use crate::flavour::Flavour;
use crate::gate::{Chance, lock, size};
use crate::locks::Mutex;
use crate::plain::Plain;
use airmail::runtime::Handle;
use airmail::time::{Duration, Instant, Sleep, sleep_until};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;

/// A sleep, and what only its owner touches: written by the one who armed it, read by the one who has it then.
struct Sent {
    sleep: Pin<Box<Sleep>>,
    number: usize,
    own: Arc<Plain>,
}

/// Sleeps on their way. (The channels of the standard library are not instrumented.)
#[derive(Default)]
struct Post {
    sent: Vec<Sent>,
    over: bool,
}

/// The next ones. `None`: there are no more.
fn next(post: &Mutex<Post>) -> Option<Vec<Sent>> {
    loop {
        let mut post = lock(post);
        if !post.sent.is_empty() {
            return Some(std::mem::take(&mut post.sent));
        }
        if post.over {
            return None;
        }
        drop(post);
        thread::yield_now();
    }
}

fn poll_once(sleep: &mut Pin<Box<Sleep>>, waker: &Waker) -> bool {
    sleep.as_mut().poll(&mut Context::from_waker(waker)).is_ready()
}

/// Near the deadline, each sleep comes to another end.
fn meddles(post: &Mutex<Post>, handle: &Handle, seed: u64) {
    let mut chance = Chance::new(seed);
    for mut sent in std::iter::from_fn(|| next(post)).flatten() {
        assert_eq!(sent.own.get(), sent.number as u64);
        let soon = Duration::from_micros(chance.below(60) as u64);
        while Instant::now() + soon < sent.sleep.deadline() {
            thread::yield_now();
        }
        match sent.number % 4 {
            0 => drop(sent.sleep),
            1 => {
                let later = sent.sleep.deadline() + Duration::from_micros(50);
                let _entered = handle.enter();
                sent.sleep.as_mut().reset(later);
                drop(sent);
            }
            2 => {
                let _entered = handle.enter();
                let _early = poll_once(&mut sent.sleep, Waker::noop());
                drop(sent);
            }
            _ => drop(handle.spawn(async move {
                sent.sleep.await;
                assert_eq!(sent.own.get(), sent.number as u64);
            })),
        }
    }
}

pub(super) fn timers(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    let threads = (0..3).map(|number| {
        let post = Arc::<Mutex<Post>>::default();
        let own = Arc::clone(&post);
        let (handle, other) = (runtime.handle().clone(), runtime.handle().clone());
        let arms = thread::spawn(move || {
            let mut chance = Chance::new(number + 3);
            for _ in 0..15 * size() {
                // In a task, on whichever worker.
                let (post, micros) = (Arc::clone(&own), chance.below(400) as u64);
                let armed = handle.spawn(async move {
                    let deadline = Instant::now() + Duration::from_micros(micros);
                    for number in 0..8 {
                        let mut sleep = Box::pin(sleep_until(deadline));
                        let _early = poll_once(&mut sleep, Waker::noop());
                        let own = Arc::<Plain>::default();
                        own.set(number as u64);
                        lock(&post).sent.push(Sent { sleep, number, own });
                    }
                });
                handle.block_on(armed).expect("no panic");
            }
            lock(&own).over = true;
        });
        let meddles = thread::spawn(move || meddles(&post, &other, number + 11));
        [arms, meddles]
    });
    join(threads.collect::<Vec<_>>().into_iter().flatten());
    driven.stop();
}
