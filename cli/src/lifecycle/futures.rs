//! The futures that are run. They know only `std`, so every runtime can run them.

use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Where countdowns leave their wakers for the postman.
#[derive(Clone, Debug, Default)]
pub(super) struct Round(Arc<Mutex<Stops>>);

#[derive(Debug, Default)]
struct Stops {
    wakers: Vec<Waker>,
    /// Countdowns that are not done.
    unfinished: usize,
}

impl Round {
    fn stops(&self) -> MutexGuard<'_, Stops> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A future that answers Pending `polls` times.
    pub(super) fn countdown(&self, polls: u32) -> CountdownFuture {
        self.stops().unfinished += 1;
        CountdownFuture { left: polls, polled: 0, round: self.clone() }
    }

    /// A future that wakes the countdowns made before it until all are done.
    pub(super) fn postman(&self) -> Postman {
        Postman { wakes: 0, round: self.clone() }
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
        if self.left == 0 {
            self.round.stops().unfinished -= 1;
            return Poll::Ready(self.polled);
        }
        self.left -= 1;
        // Whoever answers Pending must see to a wake: this one leaves its waker where the postman looks.
        self.round.stops().wakers.push(context.waker().clone());
        Poll::Pending
    }
}

/// Wakes all that wait, then itself, since nobody else would; is ready once all countdowns are done. Its
/// output is how many tasks it woke.
#[derive(Debug)]
pub(super) struct Postman {
    wakes: u32,
    round: Round,
}

impl Future for Postman {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let Stops { wakers, unfinished } = {
            let mut stops = self.round.stops();
            Stops { wakers: mem::take(&mut stops.wakers), unfinished: stops.unfinished }
        };
        // The round is not locked here: a wake runs code of the runtime.
        for waker in wakers {
            waker.wake();
            self.wakes += 1;
        }
        if unfinished == 0 {
            return Poll::Ready(self.wakes);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

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
}
