//! What is asked: the same future code for every peer.

use crate::peers::Peer;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

/// Operations in a round.
pub(crate) const OPS: u32 = 100_000;

#[derive(Clone, Copy)]
pub(crate) enum Question {
    /// Spawn a task that answers at once, await it, repeat.
    SpawnJoin,
    /// Spawn 1,000 tasks, then await them all.
    Batch,
    /// One task that wakes itself in every poll.
    SelfWake,
    /// Two tasks that wake each other in turns.
    PingPong,
}

pub(crate) const QUESTIONS: &[Question] =
    &[Question::SpawnJoin, Question::Batch, Question::SelfWake, Question::PingPong];

impl Question {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Question::SpawnJoin => "spawn+join",
            Question::Batch => "batch",
            Question::SelfWake => "self-wake",
            Question::PingPong => "ping-pong",
        }
    }

    pub(crate) fn run<P: Peer>(self, peer: &P) {
        match self {
            Question::SpawnJoin => peer.block_on(spawn_join::<P>()),
            Question::Batch => peer.block_on(batch::<P>()),
            Question::SelfWake => peer.block_on(async { P::spawn(SelfWake(OPS)).await }),
            Question::PingPong => peer.block_on(ping_pong::<P>()),
        }
    }
}

async fn spawn_join<P: Peer>() {
    for n in 0..OPS {
        assert_eq!(P::spawn(async move { n }).await, n);
    }
}

async fn batch<P: Peer>() {
    for _ in 0..OPS / 1_000 {
        let tasks: Vec<_> = (0..1_000_u32).map(|n| P::spawn(async move { n })).collect();
        for (n, task) in (0..).zip(tasks) {
            assert_eq!(task.await, n);
        }
    }
}

struct SelfWake(u32);

impl Future for SelfWake {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Whose turn it is, and the players' wakers, which are exchanged once, at the start: what is measured is the
/// waking.
#[derive(Default)]
struct Table {
    turn: AtomicU32,
    wakers: [std::sync::OnceLock<Waker>; 2],
}

struct Player {
    table: Arc<Table>,
    number: u32,
    left: u32,
}

impl Future for Player {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let number = self.number as usize;
        self.table.wakers[number].get_or_init(|| cx.waker().clone());
        let Some(other) = self.table.wakers[1 - number].get().cloned() else {
            // The other player has not sat down yet, and will begin.
            return Poll::Pending;
        };
        if self.table.turn.load(Ordering::Acquire) % 2 == self.number {
            self.table.turn.fetch_add(1, Ordering::Release);
            self.left -= 1;
            other.wake_by_ref();
        }
        if self.left == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

async fn ping_pong<P: Peer>() {
    let table = Arc::new(Table::default());
    // The second to sit down has the first turn.
    let player = |number| Player { table: Arc::clone(&table), number, left: OPS / 2 };
    let (first, second) = (P::spawn(player(1)), P::spawn(player(0)));
    first.await;
    second.await;
}
