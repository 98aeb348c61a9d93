use crate::peer::Peer;
use crate::question::Question;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Poll, Waker};

/// Whose turn it is, and the players' wakers. These are exchanged once: what is measured is the waking.
#[derive(Default)]
struct Table {
    turn: AtomicU32,
    wakers: [OnceLock<Waker>; 2],
}

impl Table {
    /// `true` for each player's first time.
    fn sit_down(&self, number: u32, waker: &Waker) -> bool {
        let place = &self.wakers[number as usize];
        place.get().is_none() && place.set(waker.clone()).is_ok()
    }
}

pub(crate) struct PingPong;

impl Question for PingPong {
    const NAME: &'static str = "ping-pong";
    const WHAT: &'static str = "one wake-up and poll, of two tasks that wake each other in turns";
    const ROUND: u32 = 100_000;

    async fn run<P: Peer>(operations: u32) {
        play::<P>(operations, Waker::wake_by_ref).await;
    }
}

/// Wakes with `wake`, `operations` times.
pub(crate) async fn play<P: Peer>(operations: u32, wake: impl Fn(&Waker) + Copy + Send + 'static) {
    let table = Arc::new(Table::default());
    let player = |number: u32| {
        let table = Arc::clone(&table);
        let mut left = operations / 2;
        poll_fn(move |cx| {
            let sits_down = table.sit_down(number, cx.waker());
            let Some(other) = table.wakers[1 - number as usize].get() else {
                // The other player has not sat down yet.
                return Poll::Pending;
            };
            let turn = table.turn.load(Ordering::Acquire);
            if turn % 2 == number {
                // Nobody else writes now, so it need not be a read-modify-write.
                table.turn.store(turn + 1, Ordering::Release);
                left -= 1;
                wake(other);
            } else if sits_down {
                // The other one came first, and waits for an opponent.
                wake(other);
            }
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
    };
    let (first, second) = (P::spawn(player(1)), P::spawn(player(0)));
    first.await;
    second.await;
}
