//! Channels of a lock and a waker between tasks and threads: what every library on top of a runtime is made of.

use super::{Driven, join};
use crate::flavour::Flavour;
use crate::gate::{lock, size};
use crate::locks::Mutex;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::thread;

/// Many put in, one takes out.
struct Channel<T>(Mutex<State<T>>);

struct State<T> {
    queue: VecDeque<T>,
    taker: Option<Waker>,
    senders: usize,
}

impl<T> Channel<T> {
    fn new(senders: usize) -> Arc<Channel<T>> {
        Arc::new(Channel(Mutex::new(State { queue: VecDeque::new(), taker: None, senders })))
    }

    /// The waker is foreign code: after the lock.
    fn change(&self, change: impl FnOnce(&mut State<T>)) {
        let taker = {
            let mut state = lock(&self.0);
            change(&mut state);
            state.taker.take()
        };
        taker.into_iter().for_each(Waker::wake);
    }

    fn send(&self, value: T) {
        self.change(|state| state.queue.push_back(value));
    }

    /// One of the senders is done.
    fn close(&self) {
        self.change(|state| state.senders -= 1);
    }

    /// `None`: no sender is left.
    async fn receive(&self) -> Option<T> {
        poll_fn(|cx| {
            let mut state = lock(&self.0);
            match state.queue.pop_front() {
                None if state.senders > 0 => {
                    state.taker = Some(cx.waker().clone());
                    Poll::Pending
                }
                taken => Poll::Ready(taken),
            }
        })
        .await
    }
}

/// A question, and where its answer goes.
struct Question(Box<u64>, Arc<Channel<Box<u64>>>);

/// Threads and tasks ask a task, which hands each question to a task of its own.
pub(super) fn channels(flavour: &Flavour) {
    const THREADS: usize = 2;
    const TASKS: usize = 4;
    let runtime = flavour.runtime();
    let driven = Driven::new(&runtime, flavour);
    let rounds = 150 * size() as u64;
    let questions = Channel::<Question>::new(THREADS + TASKS);
    let asked = Arc::clone(&questions);
    let server = runtime.spawn(async move {
        let mut count = 0;
        while let Some(Question(number, answer)) = asked.receive().await {
            count += 1;
            airmail::spawn(async move { answer.send(Box::new(*number * 2)) });
        }
        count
    });
    let ask = |questions: Arc<Channel<Question>>| async move {
        let answers = Channel::new(1);
        for number in 0..rounds {
            questions.send(Question(Box::new(number), Arc::clone(&answers)));
            if number % 4 == 0 {
                let answer = answers.receive().await.expect("open");
                assert_eq!(*answer % 2, 0);
            }
        }
        questions.close();
    };
    let tasks: Vec<_> = (0..TASKS).map(|_| runtime.spawn(ask(Arc::clone(&questions)))).collect();
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (handle, asks) = (runtime.handle().clone(), ask(Arc::clone(&questions)));
            thread::spawn(move || handle.block_on(asks))
        })
        .collect();
    join(threads);
    tasks.into_iter().for_each(|task| runtime.block_on(task).expect("done"));
    assert_eq!(runtime.block_on(server).expect("done"), (THREADS + TASKS) as u64 * rounds);
    driven.stop();
}
