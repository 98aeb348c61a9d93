//! Spawns from outside. One operation is one detached task, from its spawn by a thread that is none of the runtime's
//! to its end. The threads are started for each round, which counts.

use crate::multi::peer::{Detach, Workers};
use crate::multi::question::Load;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, Thread};

/// So many threads spawn at the same time.
pub(crate) struct Outside<const THREADS: u32>;

/// How many tasks have not ended, and who waits for the last one.
struct Left {
    tasks: AtomicU32,
    waiting: Thread,
}

impl<const THREADS: u32> Load for Outside<THREADS> {
    const NAME: &'static str = match THREADS {
        1 => "outside 1",
        2 => "outside 2",
        8 => "outside 8",
        _ => unreachable!(),
    };
    const WHAT: &'static str = match THREADS {
        1 => "one task that nobody awaits, from its spawn by a thread that is no worker to its end",
        2 => "the same, spawned by two such threads at the same time",
        8 => "the same, spawned by eight such threads at the same time",
        _ => unreachable!(),
    };
    const ROUND: u32 = 64_000;

    fn run<P: Workers>(peer: &mut P, operations: u32) {
        let each = operations.div_ceil(THREADS);
        let left = Left { tasks: AtomicU32::new(each * THREADS), waiting: thread::current() };
        let left = Arc::new(left);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                let (outside, left) = (peer.outside(), &left);
                scope.spawn(move || {
                    for _ in 0..each {
                        let left = Arc::clone(left);
                        outside.detach(async move { left.end_one() });
                    }
                });
            }
        });
        while left.tasks.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    }
}

impl Left {
    fn end_one(&self) {
        if self.tasks.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiting.unpark();
        }
    }
}
