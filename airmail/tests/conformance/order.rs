//! The order in which one thread polls its tasks: first in, first out.

use crate::common::{Gate, lock, yield_now};
use crate::subject::{Spawner, Subject};
use airmail_lesson::CountdownFuture;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// Who was polled, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<char>>>);

impl Log {
    fn note(&self, who: char) {
        lock(&self.0).push(who);
    }

    fn text(&self) -> String {
        lock(&self.0).iter().collect()
    }

    /// Notes each of its polls, and yields so many times.
    fn yields(&self, who: char, times: u32) -> impl Future<Output = ()> + Send + use<> {
        let (log, mut inner) = (self.clone(), Box::pin(CountdownFuture::new(times)));
        poll_fn(move |cx| {
            log.note(who);
            inner.as_mut().poll(cx)
        })
    }
}

/// Tasks are first polled in the order in which they were spawned.
pub(crate) fn first_polls_come_in_spawn_order<S: Subject>() {
    let log = Log::default();
    let own = log.clone();
    S::run(|spawner| async move {
        let tasks: Vec<_> = ('a'..='z').map(|who| spawner.spawn(own.yields(who, 0))).collect();
        for task in tasks {
            task.await;
        }
    });
    assert_eq!(log.text(), ('a'..='z').collect::<String>());
}

/// A task that wakes itself goes behind those that are ready already.
pub(crate) fn a_self_wake_goes_to_the_back<S: Subject>() {
    let log = Log::default();
    let own = log.clone();
    S::run(|spawner| async move {
        let first = spawner.spawn(own.yields('1', 1));
        let others = ['a', 'b', 'c'].map(|who| spawner.spawn(own.yields(who, 0)));
        first.await;
        for other in others {
            other.await;
        }
    });
    assert_eq!(log.text(), "1abc1");
}

/// Two tasks that yield take turns, poll for poll.
pub(crate) fn two_yielders_alternate<S: Subject>() {
    let log = Log::default();
    let own = log.clone();
    S::run(|spawner| async move {
        let a = spawner.spawn(own.yields('a', 5));
        let b = spawner.spawn(own.yields('b', 3));
        a.await;
        b.await;
    });
    assert_eq!(log.text(), "ababababaa");
}

/// Waiting tasks are polled in the order of their wake-ups, not of their spawns.
pub(crate) fn wakes_queue_in_the_order_they_came<S: Subject>() {
    let log = Log::default();
    let own = log.clone();
    S::run(|spawner| async move {
        let gates = [Gate::new(), Gate::new(), Gate::new()];
        let tasks: Vec<_> = ['a', 'b', 'c']
            .into_iter()
            .zip(&gates)
            .map(|(who, gate)| {
                let (log, wait) = (own.clone(), gate.wait());
                spawner.spawn(async move {
                    wait.await;
                    log.note(who);
                })
            })
            .collect();
        spawner.spawn(yield_now()).await;
        let wakers: Vec<Waker> = gates.iter().flat_map(Gate::take_wakers).collect();
        gates.iter().for_each(Gate::open);
        for n in [2, 0, 1, 2, 2] {
            wakers[n].wake_by_ref();
        }
        for task in tasks {
            task.await;
        }
    });
    assert_eq!(log.text(), "cab");
}

/// A task spawned inside a poll is not polled inside that poll, but after those that were ready before it.
pub(crate) fn a_spawn_waits_for_its_turn<S: Subject>() {
    let log = Log::default();
    let own = log.clone();
    S::run(|spawner| async move {
        let (inner, log) = (spawner.clone(), own.clone());
        let spawns = spawner.spawn(poll_fn(move |_| {
            log.note('s');
            let new = inner.spawn(log.yields('n', 0));
            log.note('S');
            Poll::Ready(new)
        }));
        let before = spawner.spawn(own.yields('b', 0));
        let new = spawns.await;
        before.await;
        new.await;
    });
    assert_eq!(log.text(), "sSbn");
}
