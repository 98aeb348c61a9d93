//! The futures that are run. They know only `std`, so every runtime can run them.

use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Where countdowns leave their wakers for the postman.
#[derive(Clone, Debug, Default)]
pub(super) struct Round(Arc<Stops>);

#[derive(Debug, Default)]
struct Stops {
    state: Mutex<State>,
    first_poll: Condvar,
}

#[derive(Debug, Default)]
struct State {
    wakers: Vec<Waker>,
    /// Countdowns that are not done.
    unfinished: usize,
    /// A postman who waits.
    postman: Option<Waker>,
    /// Any of the futures was polled.
    polled: bool,
}

impl Round {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, at the start of a poll.
    fn polled(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        if !mem::replace(&mut state.polled, true) {
            self.0.first_poll.notify_all();
        }
        state
    }

    /// Blocks this thread until another one polls one of the futures.
    pub(super) fn wait_for_a_poll(&self) {
        let mut state = self.state();
        while !state.polled {
            state = self.0.first_poll.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A future that answers Pending `polls` times.
    pub(super) fn countdown(&self, polls: u32) -> CountdownFuture {
        self.state().unfinished += 1;
        CountdownFuture { left: polls, polled: 0, round: self.clone() }
    }

    /// A future that wakes the countdowns made before it until all are done.
    pub(super) fn postman(&self) -> Postman {
        Postman { wakes: 0, round: self.clone(), waits: false }
    }

    /// The same, but it does not wake itself: each countdown does, whenever it waits or is done.
    pub(super) fn waiting_postman(&self) -> Postman {
        Postman { waits: true, ..self.postman() }
    }
}

/// Answers Pending as many times as it was told to, then Ready. It leaves its waker with the round, and waits
/// for the postman. Its output is how often it was polled.
#[derive(Debug)]
pub(super) struct CountdownFuture {
    left: u32,
    polled: u32,
    round: Round,
}

impl Future for CountdownFuture {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        self.polled += 1;
        let mut state = self.round.polled();
        let postman = state.postman.take();
        let answer = if self.left == 0 {
            state.unfinished -= 1;
            Poll::Ready(self.polled)
        } else {
            // Whoever answers Pending must see to a wake: this one leaves its waker where the postman looks.
            state.wakers.push(context.waker().clone());
            Poll::Pending
        };
        drop(state);
        if let Some(postman) = postman {
            postman.wake();
        }
        self.left = self.left.saturating_sub(1);
        answer
    }
}

/// Wakes all that wait, then itself, if nobody else would; is ready once all countdowns are done. Its output is
/// how many tasks it woke.
#[derive(Debug)]
pub(super) struct Postman {
    wakes: u32,
    round: Round,
    /// The countdowns wake it.
    waits: bool,
}

impl Future for Postman {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let (wakers, unfinished) = {
            let mut state = self.round.polled();
            // Before any countdown is woken, which would look for it.
            state.postman = (self.waits && state.unfinished > 0).then(|| context.waker().clone());
            (mem::take(&mut state.wakers), state.unfinished)
        };
        // The round is not locked here: a wake runs code of the runtime.
        for waker in wakers {
            waker.wake();
            self.wakes += 1;
        }
        if unfinished == 0 {
            return Poll::Ready(self.wakes);
        }
        if !self.waits {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Wake;

    #[test]
    fn a_countdown_answers_pending_as_often_as_told() {
        let mut context = Context::from_waker(Waker::noop());
        for polls in [0, 1, 5] {
            let mut countdown = pin!(Round::default().countdown(polls));
            for _ in 0..polls {
                assert!(countdown.as_mut().poll(&mut context).is_pending());
            }
            let Poll::Ready(output) = countdown.poll(&mut context) else { panic!("still pending") };
            assert_eq!(output, polls + 1);
        }
    }

    #[test]
    fn the_postman_is_done_when_the_countdowns_are() {
        let mut context = Context::from_waker(Waker::noop());
        let round = Round::default();
        let mut countdown = pin!(round.countdown(1));
        let mut postman = pin!(round.postman());
        assert!(countdown.as_mut().poll(&mut context).is_pending());
        assert!(postman.as_mut().poll(&mut context).is_pending());
        assert!(countdown.poll(&mut context).is_ready());
        assert_eq!(postman.poll(&mut context), Poll::Ready(1));
    }

    #[test]
    fn a_waiting_postman_is_woken_by_each_countdown() {
        struct Bell(AtomicU32);

        impl Wake for Bell {
            fn wake(self: Arc<Bell>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }

        let bell = Arc::new(Bell(AtomicU32::new(0)));
        let waker = Waker::from(Arc::clone(&bell));
        let (mut rings, mut silent) = (Context::from_waker(&waker), Context::from_waker(Waker::noop()));
        let round = Round::default();
        let mut countdown = pin!(round.countdown(1));
        let mut postman = pin!(round.waiting_postman());
        for rung in [1, 2] {
            assert!(postman.as_mut().poll(&mut rings).is_pending());
            assert_eq!(bell.0.load(Ordering::Relaxed), rung - 1, "not by itself");
            assert_eq!(countdown.as_mut().poll(&mut silent).is_ready(), rung == 2);
            assert_eq!(bell.0.load(Ordering::Relaxed), rung);
        }
        assert_eq!(postman.poll(&mut rings), Poll::Ready(1));
        round.wait_for_a_poll();
    }
}
