//! The way into a work-stealing executor from other threads, and where full rings overflow to: any thread puts tasks in,
//! any worker takes a few out.
//!
//! A few shards, so that putting threads do not meet; each has a stack after R. K. Treiber (1986), linked through the
//! task headers, so that putting a task in, or a whole chain, is one exchange and allocates nothing. A taker locks the
//! shard (whoever finds it locked goes on to the next), turns the stack round into a list that stays in the shard, and
//! takes tasks from the front of that: the order is kept, and each task is touched twice. Nobody takes single entries
//! from a stack, so a head that comes back (ABA) harms nobody.
//!
//! One word says which shards may hold something, so that a busy worker looks at one word each time.

use super::chain::{Chain, find};
use super::ring::Padded;
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicU32, Ordering, fence};
use crate::task::Runnable;
use std::fmt;

/// Tasks on their way to whichever worker takes them.
pub struct Injector {
    /// A bit for each shard that holds something, for workers with other things to do. It may be set while the shard is
    /// empty, but not the other way round, unless somebody is about to set it.
    full: Padded<AtomicU32>,
    shards: Box<[Padded<Shard>]>,
}

struct Shard {
    /// The number of the slot that came last, or 0.
    stack: AtomicU32,
    /// A taker is in the shard.
    locked: AtomicU32,
    /// Whether `list` holds anything: for those who do not have the lock.
    listed: AtomicU32,
    /// What came before, in order.
    list: UnsafeCell<Chain>,
}

// SAFETY: P7, the list is touched by who has the lock; everything else is atomic.
unsafe impl Sync for Shard {}
// SAFETY: P7, as above; tasks may go to other threads.
unsafe impl Send for Shard {}

/// The most shards.
const MOST: usize = 4;

impl Injector {
    /// An empty injector for that many workers.
    #[must_use]
    pub fn new(workers: usize) -> Injector {
        let shards = (0..workers.clamp(1, MOST)).map(|_| Padded(Shard::new())).collect();
        Injector { full: Padded(AtomicU32::new(0)), shards }
    }

    /// Puts a task in; `from` is a number of the putting thread: what one thread puts in stays in order. Lock-free; the
    /// caller then wakes a worker.
    pub fn put(&self, from: usize, task: Runnable) {
        let index = task.into_index();
        // SAFETY: R1, the number was just given up.
        self.put_all(from, unsafe { Chain::from_parts(index, index, 1) });
    }

    /// Puts a chain of tasks in: one exchange for all.
    pub fn put_all(&self, from: usize, chain: Chain) {
        if chain.is_empty() {
            return;
        }
        let shard = from % self.shards.len();
        self.shards[shard].0.push(chain);
        // Pairs with the fence in `take_from`: either that finds the chain, or this finds the bit unset.
        fence(Ordering::SeqCst);
        if !self.is_marked(shard) {
            self.full.0.fetch_or(1 << shard, Ordering::Relaxed);
        }
    }

    /// `true` if there was nothing in it a moment ago: one relaxed load.
    #[inline(always)]
    pub fn seems_empty(&self) -> bool {
        self.full.0.load(Ordering::Relaxed) == 0
    }

    /// `true` if there is nothing in it and nobody is taking anything out: for a worker that is about to sleep, after a
    /// full fence.
    pub fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.0.is_empty())
    }

    /// Takes a few tasks: of what the first shard holds that is not locked, beginning with number `from`, one part of
    /// `parts`, but no more than `most`.
    ///
    /// It looks at the shards and not at their bits: a task whose bit is about to be set is found, by a worker that would
    /// otherwise not come to sleep ([`is_empty`](Injector::is_empty)) nor to work.
    pub fn take(&self, from: usize, parts: usize, most: usize) -> Chain {
        for n in 0..self.shards.len() {
            let number = (from + n) % self.shards.len();
            if !self.is_marked(number) && self.shards[number].0.is_empty() {
                continue;
            }
            let chain = self.take_from(number, parts, most);
            if !chain.is_empty() {
                return chain;
            }
        }
        Chain::new()
    }

    /// The shard's bit is set.
    fn is_marked(&self, shard: usize) -> bool {
        self.full.0.load(Ordering::Relaxed) & 1 << shard != 0
    }

    fn take_from(&self, number: usize, parts: usize, most: usize) -> Chain {
        let shard = &self.shards[number].0;
        let Some(chain) = shard.take(parts, most) else { return Chain::new() };
        if shard.is_empty() {
            self.full.0.fetch_and(!(1 << number), Ordering::Relaxed);
            // Pairs with the fence in `put_all`.
            fence(Ordering::SeqCst);
            if !shard.is_empty() {
                self.full.0.fetch_or(1 << number, Ordering::Relaxed);
            }
        }
        chain
    }
}

impl Drop for Injector {
    /// Tasks that nobody took are cancelled, each where it may be.
    fn drop(&mut self) {
        for shard in &self.shards {
            drop(shard.0.take(1, usize::MAX));
        }
    }
}

impl Shard {
    fn new() -> Shard {
        Shard {
            stack: AtomicU32::new(0),
            locked: AtomicU32::new(0),
            listed: AtomicU32::new(0),
            list: UnsafeCell::new(Chain::new()),
        }
    }

    /// Puts a chain on the stack, turned round as the stack is: the last one on top.
    ///
    /// `Release` pairs with the `Acquire` in `turn_round`: the taker finds the links, and the tasks as their wakers left
    /// them.
    fn push(&self, chain: Chain) {
        let (top, bottom) = turned_round(chain);
        let Some(bottom) = find(bottom) else { return };
        let mut head = self.stack.load(Ordering::Relaxed);
        loop {
            bottom.header().link.store(head, Ordering::Relaxed);
            match self.stack.compare_exchange_weak(head, top, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// `Acquire`: if the stack was emptied, `listed` tells that something may be listed.
    fn is_empty(&self) -> bool {
        self.stack.load(Ordering::Acquire) == 0
            && self.listed.load(Ordering::Acquire) == 0
            && self.locked.load(Ordering::Acquire) == 0
    }

    /// `None` if somebody else is taking.
    fn take(&self, parts: usize, most: usize) -> Option<Chain> {
        // `Acquire` pairs with the `Release` at the end: for the list.
        if self.locked.load(Ordering::Relaxed) != 0
            || self.locked.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            return None;
        }
        // SAFETY: P7, this thread has the lock.
        let chain = self.list.with_mut(|list| unsafe {
            let list = &mut *list;
            self.turn_round(list);
            let few = (list.len() / parts + 1).min(most);
            let chain = list.split(few);
            self.listed.store(u32::from(!list.is_empty()), Ordering::Release);
            chain
        });
        self.locked.store(0, Ordering::Release);
        Some(chain)
    }

    /// What is on the stack goes to the back of the list, first in first.
    fn turn_round(&self, list: &mut Chain) {
        if self.stack.load(Ordering::Relaxed) == 0 {
            return;
        }
        // Before the stack looks empty, so that nobody finds both empty meanwhile.
        self.listed.store(1, Ordering::Release);
        let top = self.stack.swap(0, Ordering::AcqRel);
        let (mut above, mut next, mut len) = (0, top, 0);
        while let Some(slot) = find(next) {
            let below = slot.header().link.load(Ordering::Relaxed);
            slot.header().link.store(above, Ordering::Relaxed);
            (above, next, len) = (next, below, len + 1);
        }
        // SAFETY: R1, `push` gave these up, and the exchange takes them once; they are linked from the one that came
        // first to the one that was on top.
        list.append(unsafe { Chain::from_parts(above, top, len) });
    }
}

/// Turns a chain's links round; returns its last and its first task. The tasks are the caller's now.
fn turned_round(chain: Chain) -> (u32, u32) {
    let (first, last, len) = chain.into_parts();
    let (mut above, mut next) = (0, first);
    for _ in 0..len {
        let Some(slot) = find(next) else { break };
        let below = slot.header().link.load(Ordering::Relaxed);
        slot.header().link.store(above, Ordering::Relaxed);
        (above, next) = (next, below);
    }
    (last, first)
}

impl fmt::Debug for Injector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Injector").field("empty", &self.is_empty()).finish_non_exhaustive()
    }
}
