//! What became of every task of a scenario.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

/// A record for each task. No step happens in here.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<Record>>>);

#[derive(Debug, Default)]
struct Record {
    polling: bool,
    ran: bool,
    drops: u32,
    /// What its handle said: it ran to its end, or was cancelled.
    answer: Option<bool>,
}

impl Ledger {
    fn records(&self) -> MutexGuard<'_, Vec<Record>> {
        self.0.lock().expect("no panic inside")
    }

    /// A future with a record.
    pub(crate) fn enter<F>(&self, future: F) -> (usize, Recorded<F>) {
        let mut records = self.records();
        records.push(Record::default());
        let number = records.len() - 1;
        (number, Recorded { future: Box::pin(future), entry: Entry { ledger: self.clone(), number } })
    }

    /// The task's handle has answered.
    pub(crate) fn answered(&self, number: usize, ran: bool) {
        let before = self.records()[number].answer.replace(ran);
        assert_eq!(before, None, "task {number}: its handle answers once");
    }

    /// Everything is over.
    pub(crate) fn check(&self) {
        for (number, record) in self.records().iter().enumerate() {
            assert!(!record.polling, "task {number}: a poll never ended");
            assert_eq!(record.drops, 1, "task {number}: its future is dropped once");
            if let Some(answer) = record.answer {
                assert_eq!(answer, record.ran, "task {number}: its handle says what happened");
            }
        }
    }
}

/// Drops are counted apart from the future, which may be dropped in pieces.
struct Entry {
    ledger: Ledger,
    number: usize,
}

impl Entry {
    fn note(&self, change: impl FnOnce(&mut Record)) {
        change(&mut self.ledger.records()[self.number]);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.note(|record| record.drops += 1);
    }
}

/// A future that writes down what happens to it.
pub(crate) struct Recorded<F> {
    future: Pin<Box<F>>,
    entry: Entry,
}

impl<F: Future> Future for Recorded<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let number = self.entry.number;
        self.entry.note(|record| {
            assert!(!record.ran, "task {number} is polled after its end");
            assert!(!std::mem::replace(&mut record.polling, true), "task {number} is polled by two threads");
        });
        let poll = self.future.as_mut().poll(cx);
        self.entry.note(|record| {
            record.polling = false;
            record.ran = poll.is_ready();
        });
        poll
    }
}
