//! How a work-stealing executor ends.
//!
//! It closes; from then on every worker, as soon as it has ended its poll, cancels what it finds instead of running it,
//! and leaves. The first to hear of it aborts all tasks, so that those which wait are cancelled while another worker is in
//! a long poll still. The last one aborts once more, since until then others could spawn, waits for tasks that another
//! thread is about to give back, and ends the registration. So nobody waits for anybody, and the one who is late
//! finishes the work. If every worker is in a poll as it closes, a spare comes: one of them may wait for the end of others.

use super::scheduler::Scheduler;
use super::worker::{Bench, Worker};
use crate::sync::atomic::Ordering;
use crate::sync::{Condvar, Instant, Mutex, lock, wait_until};
use airmail_core::Counters;

/// The threads that sit in a seat, and whether the last of them has ended the executor.
#[derive(Debug)]
pub(super) struct Crew {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug)]
struct State {
    inside: usize,
    all_aborted: bool,
    /// The last one has begun to end it.
    ending: bool,
    /// How many tasks there were in the end.
    counters: Option<Counters>,
    ended: bool,
}

impl Crew {
    pub(super) fn new(inside: usize) -> Crew {
        let state = State { inside, all_aborted: false, ending: false, counters: None, ended: false };
        Crew { state: Mutex::new(state), ended: Condvar::new() }
    }

    /// One more thread, with a seat. `None` if the executor ends or has ended.
    pub(super) fn let_in<S>(&self, seat: impl FnOnce() -> S) -> Option<S> {
        let mut state = lock(&self.state);
        if state.ending {
            return None;
        }
        state.inside += 1;
        // Under the lock, so that whoever leaves finds as many seats as threads inside.
        Some(seat())
    }

    /// This thread is the first to hear of the end.
    fn is_first(&self) -> bool {
        !std::mem::replace(&mut lock(&self.state).all_aborted, true)
    }
}

impl Scheduler {
    /// Takes no tasks from now on, and cancels those that there are.
    pub(crate) fn close(&self) {
        // First, so that a drop which waits for a timer hears of it.
        self.company.timers.close();
        self.exec.close();
        // Before the fence in `wake_all`: who is about to sleep sees it, or is woken.
        self.closing.store(true, Ordering::Release);
        // If every worker is in a poll, that may be one which waits for the end of others.
        if !self.wake_all()
            && self.rescues()
            && self.is_polling()
            && let Some(scheduler) = self.me.upgrade()
        {
            scheduler.stand_in();
        }
        self.tell_driver();
        self.spares.close();
    }

    /// It takes no tasks any more. `Acquire` pairs with [`close`](Scheduler::close).
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// (An executor without tasks has slots all the same, those of the block's tenants before.)
    fn abort_all(&self) {
        if self.exec.counters().live != 0 {
            self.exec.abort_all();
        }
    }

    /// How many tasks there were, also afterwards.
    pub(crate) fn counters_to_the_end(&self) -> Counters {
        let state = lock(&self.crew.state);
        // Not before the lock: who retires the executor notes them first.
        state.counters.unwrap_or_else(|| self.exec.counters())
    }

    /// Waits until the last worker has left, or until the deadline. `false` if there are some still.
    pub(crate) fn wait_for_end(&self, until: Option<Instant>) -> bool {
        let mut state = lock(&self.crew.state);
        while !state.ended {
            let (again, timed_out) = wait_until(&self.crew.ended, state, until);
            state = again;
            if timed_out {
                return state.ended;
            }
        }
        true
    }
}

impl Worker {
    /// Cancels what it finds and gives its seat up. The last one ends the executor.
    pub(super) fn leave(self) {
        let Worker { scheduler, .. } = &self;
        if scheduler.crew.is_first() {
            self.sit(|_| scheduler.abort_all());
        }
        self.sit(|bench| {
            bench.end_pinned();
            cancel_what_is_found(bench);
        });
        self.give_up();
    }

    /// No thread could be started for it. It has nothing in its queues; if it is the only one, the executor ends.
    pub(crate) fn give_up_unused(self) {
        let alone = lock(&self.scheduler.crew.state).inside == 1;
        if alone {
            self.scheduler.close();
        }
        self.give_up();
    }

    /// Gives its seat up. It has nothing in its queues, unless it is the last one.
    pub(super) fn give_up(self) {
        let mut state = lock(&self.scheduler.crew.state);
        if state.inside > 1 {
            state.inside -= 1;
            let queues = self.seat.retire().unwrap_or_else(|_| unreachable!("others have a seat"));
            drop(state);
            self.scheduler.spares.keep(queues);
        } else {
            state.ending = true;
            drop(state);
            self.end();
        }
    }

    /// Nobody else can spawn any more: ends every task, and then the executor.
    fn end(self) {
        let scheduler = self.scheduler.clone();
        self.sit(|bench| {
            // It may be another thread's worker, which could not be started.
            bench.remote.belongs_to_this_thread();
            scheduler.abort_all();
            loop {
                cancel_what_is_found(bench);
                if scheduler.exec.counters().live == 0 {
                    break;
                }
                bench.wait_for_stragglers();
            }
        });
        scheduler.company.timers.wake_left_over();
        scheduler.company.reactor.close();
        lock(&scheduler.crew.state).counters = Some(scheduler.exec.counters());
        let retired = self.seat.retire();
        drop(retired.expect("closed, and every task has ended"));
        let mut state = lock(&scheduler.crew.state);
        (state.inside, state.ended) = (0, true);
        drop(state);
        scheduler.crew.ended.notify_all();
    }
}

/// Cancels every task in any queue.
fn cancel_what_is_found(bench: &Bench<'_>) {
    bench.stop_searching();
    while let Some(task) = bench.anything() {
        bench.cancel(task);
    }
}
