//! What is counted: the same future code for every runtime, with marks around the part that counts.
//!
//! A scenario does nothing atomic of its own in that part but relaxed loads and stores, so every read-modify-write
//! is the runtime's.

use crate::peer::Peer;
use crate::question::Question;
use crate::questions::ping_pong::play;
use crate::questions::self_wake::SelfWake;
use crate::questions::spawn_join::SpawnJoin;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::Waker;

/// How many operations come before the first mark, so that queues have grown and pools are filled.
const WARM_UP: u32 = 200;

/// One kind of work, whose operations are counted.
///
/// A scenario is one variant, one line in each function here, and one line in [`Scenario::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    Spawn,
    RunJoin,
    SpawnJoin,
    SpawnJoinRoot,
    Detached,
    Yield,
    SelfWake,
    WakePoll,
    WakePollCloned,
}

impl Scenario {
    /// In the order of the tables.
    pub(crate) const ALL: [Scenario; 9] = {
        use Scenario::{
            Detached, RunJoin, SelfWake, Spawn, SpawnJoin, SpawnJoinRoot, WakePoll, WakePollCloned, Yield,
        };
        [Spawn, RunJoin, SpawnJoin, SpawnJoinRoot, Detached, Yield, SelfWake, WakePoll, WakePollCloned]
    };

    /// How tables call it, and `--only`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Scenario::Spawn => "spawn",
            Scenario::RunJoin => "run+join",
            Scenario::SpawnJoin => "spawn+join",
            Scenario::SpawnJoinRoot => "spawn+join, root",
            Scenario::Detached => "detached",
            Scenario::Yield => "yield",
            Scenario::SelfWake => "self-wake",
            Scenario::WakePoll => "wake+poll",
            Scenario::WakePollCloned => "wake+poll, cloned",
        }
    }

    /// What one operation is.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Scenario::Spawn => "spawn a task, and keep its handle",
            Scenario::RunJoin => "run a task to its end, and await its handle when it has ended",
            Scenario::SpawnJoin => "spawn a task and await it at once, in a task",
            Scenario::SpawnJoinRoot => "spawn a task and await it at once, in the future given to `block_on`",
            Scenario::Detached => "a task that nobody awaits, from its spawn to its end",
            Scenario::Yield => "one `yield_now` of two tasks that take turns",
            Scenario::SelfWake => "one poll of a task that wakes itself in every poll",
            Scenario::WakePoll => "one `wake_by_ref` and poll, of two tasks that wake each other in turns",
            Scenario::WakePollCloned => "the same, but the waker is cloned and the clone's `wake` called",
        }
    }

    /// How many operations two players, or the one player, do in one round.
    pub(crate) fn round(self) -> u32 {
        match self {
            Scenario::Yield | Scenario::WakePoll | Scenario::WakePollCloned => 2,
            _ => 1,
        }
    }

    /// The most read-modify-writes that airmail's design allows it, if it says.
    pub(crate) fn bound(self) -> Option<u32> {
        match self {
            Scenario::Spawn => Some(0),
            Scenario::RunJoin => Some(4),
            Scenario::SpawnJoin => Some(7),
            Scenario::Yield | Scenario::SelfWake => Some(1),
            Scenario::WakePoll => Some(3),
            Scenario::SpawnJoinRoot | Scenario::Detached | Scenario::WakePollCloned => None,
        }
    }

    /// Does `operations` operations, in whole rounds, between two calls of `mark`, which are both on the thread that runs the tasks.
    pub(crate) fn run<P: Peer>(self, peer: &mut P, operations: u32, mark: fn()) {
        match self {
            Scenario::Spawn => in_task(peer, spawn::<P>(operations, mark)),
            Scenario::RunJoin => in_task(peer, run_join::<P>(operations, mark)),
            Scenario::SpawnJoin => in_task(peer, question::<P, SpawnJoin>(operations, mark)),
            Scenario::SpawnJoinRoot => peer.block_on(question::<P, SpawnJoin>(operations, mark)),
            Scenario::Detached => in_task(peer, detached::<P>(operations, mark)),
            Scenario::Yield => in_task(peer, yields::<P>(operations, mark)),
            Scenario::SelfWake => in_task(peer, question::<P, SelfWake>(operations, mark)),
            Scenario::WakePoll => in_task(peer, wakes::<P>(operations, mark, Waker::wake_by_ref)),
            Scenario::WakePollCloned => in_task(peer, wakes::<P>(operations, mark, wake_a_clone)),
        }
    }
}

/// Runs the future as a task: some runtimes treat the future given to `block_on` in another way, or run it on
/// another thread.
fn in_task<P: Peer>(peer: &mut P, future: impl Future<Output = ()> + Send + 'static) {
    peer.block_on(async { P::spawn(future).await });
}

fn nothing() {}

/// How many tasks of the current batch have run. One thread writes it.
static RAN: AtomicU32 = AtomicU32::new(0);

fn ran() {
    RAN.store(RAN.load(Relaxed) + 1, Relaxed);
}

async fn until_all_ran<P: Peer>(tasks: u32) {
    while RAN.load(Relaxed) < tasks {
        P::yield_now().await;
    }
}

/// Spawns tasks, then lets all of them run, then awaits them. Each half is between two calls of its mark.
async fn batch<P: Peer>(tasks: u32, spawning: fn(), running: fn()) {
    RAN.store(0, Relaxed);
    let mut handles = Vec::with_capacity(tasks as usize);
    spawning();
    for _ in 0..tasks {
        handles.push(P::spawn(async { ran() }));
    }
    spawning();
    running();
    until_all_ran::<P>(tasks).await;
    for handle in handles {
        handle.await;
    }
    running();
}

async fn spawn<P: Peer>(operations: u32, mark: fn()) {
    batch::<P>(WARM_UP, nothing, nothing).await;
    batch::<P>(operations, mark, nothing).await;
}

async fn run_join<P: Peer>(operations: u32, mark: fn()) {
    batch::<P>(WARM_UP, nothing, nothing).await;
    batch::<P>(operations, nothing, mark).await;
}

/// What one of the benchmark's questions asks.
async fn question<P: Peer, Q: Question>(operations: u32, mark: fn()) {
    Q::run::<P>(WARM_UP).await;
    mark();
    Q::run::<P>(operations).await;
    mark();
}

async fn detached<P: Peer>(operations: u32, mark: fn()) {
    for (tasks, mark) in [(WARM_UP, nothing as fn()), (operations, mark)] {
        RAN.store(0, Relaxed);
        mark();
        for _ in 0..tasks {
            P::detach(async { ran() });
        }
        until_all_ran::<P>(tasks).await;
        mark();
    }
}

async fn yields<P: Peer>(operations: u32, mark: fn()) {
    async fn turns<P: Peer>(number: u32) {
        for _ in 0..number {
            P::yield_now().await;
        }
    }
    for (operations, mark) in [(WARM_UP, nothing as fn()), (operations, mark)] {
        mark();
        let other = P::spawn(turns::<P>(operations / 2));
        turns::<P>(operations / 2).await;
        other.await;
        mark();
    }
}

fn wake_a_clone(waker: &Waker) {
    let clone = waker.clone();
    clone.wake();
}

async fn wakes<P: Peer>(operations: u32, mark: fn(), wake: impl Fn(&Waker) + Copy + Send + 'static) {
    play::<P>(WARM_UP, wake).await;
    mark();
    play::<P>(operations, wake).await;
    mark();
}
