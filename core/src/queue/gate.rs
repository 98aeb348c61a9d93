#![doc = include_str!("gate.md")]

use super::ring::Padded;
use crate::sync::atomic::{AtomicU64, Ordering, fence};
use std::fmt;

/// How many workers one word has bits for.
const BITS: usize = 56;
const IDLE: u64 = (1 << BITS) - 1;
const ONE_SEARCHER: u64 = 1 << BITS;
const SEARCHERS: u64 = !IDLE;

/// Who sleeps and who searches: whom to wake when there is work, and whether to.
pub struct Gate {
    words: Box<[Padded<AtomicU64>]>,
}

impl Gate {
    /// For that many workers, all of them awake, none searching.
    #[must_use]
    pub fn new(workers: usize) -> Gate {
        let words = (0..workers.div_ceil(BITS).max(1)).map(|_| Padded(AtomicU64::new(0))).collect();
        Gate { words }
    }

    #[inline(always)]
    fn word(&self, worker: usize) -> &AtomicU64 {
        &self.words[worker / BITS].0
    }

    fn bit(worker: usize) -> u64 {
        1 << (worker % BITS)
    }

    /// The worker begins to search, unless as many of its word as `most` do so already. (Two that begin at the same
    /// moment may be one too many: it is no limit to rely on.)
    pub fn begin_search(&self, worker: usize, most: usize) -> bool {
        let word = self.word(worker);
        if word.load(Ordering::Relaxed) >> BITS >= most as u64 {
            return false;
        }
        word.fetch_add(ONE_SEARCHER, Ordering::AcqRel);
        true
    }

    /// The worker has found something. `true` if nobody searches any more: the worker then looks at every queue, and
    /// wakes somebody if there is more to do.
    #[must_use]
    pub fn end_search(&self, worker: usize) -> bool {
        let last = self.word(worker).fetch_sub(ONE_SEARCHER, Ordering::AcqRel) & SEARCHERS == ONE_SEARCHER;
        if last {
            // Pairs with the one in `choose`, as in `announce`.
            fence(Ordering::SeqCst);
        }
        last
    }

    /// The worker is about to sleep: from now on it may be [chosen](Gate::choose). It then looks at every queue once
    /// more, and [withdraws](Gate::withdraw) if it finds something.
    pub fn announce(&self, worker: usize, searching: bool) {
        let searcher = if searching { ONE_SEARCHER } else { 0 };
        // One addition: the bit is not set, and the searcher is counted.
        self.word(worker).fetch_add(Gate::bit(worker).wrapping_sub(searcher), Ordering::AcqRel);
        // Pairs with the one in `choose`: either the worker finds the work, or whoever brought it finds the worker.
        fence(Ordering::SeqCst);
    }

    /// The worker does not sleep (any more), and searches. `false` if it was chosen meanwhile: then it counts as a searcher
    /// already, and its wake-up is on its way.
    pub fn withdraw(&self, worker: usize) -> bool {
        let word = self.word(worker);
        let mut seen = word.load(Ordering::Relaxed);
        while seen & Gate::bit(worker) != 0 {
            let next = (seen & !Gate::bit(worker)) + ONE_SEARCHER;
            match word.compare_exchange(seen, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// The worker was not chosen since it [announced](Gate::announce) itself. `Acquire` pairs with `choose`.
    pub fn is_idle(&self, worker: usize) -> bool {
        self.word(worker).load(Ordering::Acquire) & Gate::bit(worker) != 0
    }

    /// Somebody sleeps, and nobody searches: one relaxed load, most of the time.
    #[inline(always)]
    pub fn may_choose(&self) -> bool {
        self.words.iter().any(|word| word.0.load(Ordering::Relaxed) & IDLE != 0)
            && self.words.iter().all(|word| word.0.load(Ordering::Relaxed) & SEARCHERS == 0)
    }

    /// There is new work: who is to be woken for it, if anybody. It counts as a searcher from now on. `last` is only
    /// chosen if it is the only one.
    ///
    /// Nobody is chosen while somebody searches: who searches will find the work, or look for it once more before it
    /// sleeps.
    pub fn choose(&self, last: Option<usize>) -> Option<usize> {
        fence(Ordering::SeqCst);
        if self.words.iter().any(|word| word.0.load(Ordering::Relaxed) & SEARCHERS != 0) {
            return None;
        }
        self.take_one(last, false)
    }

    /// As [`choose`](Gate::choose), also while others search: there is work for several.
    pub fn choose_another(&self, last: Option<usize>) -> Option<usize> {
        fence(Ordering::SeqCst);
        self.take_one(last, true)
    }

    /// There is work that only this worker can do. `true` if it slept and is to be woken; it counts as a searcher then.
    pub fn choose_this(&self, worker: usize) -> bool {
        fence(Ordering::SeqCst);
        self.withdraw(worker)
    }

    fn take_one(&self, last: Option<usize>, beside_others: bool) -> Option<usize> {
        let last = last.map(|last| (last / BITS, Gate::bit(last)));
        let but_last = |number| last.filter(|last| last.0 == number).map_or(IDLE, |last| IDLE & !last.1);
        // Of each word whoever sleeps but `last`; then that one.
        for (number, who) in (0..self.words.len()).map(|number| (number, but_last(number))).chain(last) {
            let word = &self.words[number].0;
            let mut seen = word.load(Ordering::Relaxed);
            while seen & who != 0 && (beside_others || seen & SEARCHERS == 0) {
                let bit = seen & who & (seen & who).wrapping_neg();
                let next = (seen & !bit) + ONE_SEARCHER;
                match word.compare_exchange(seen, next, Ordering::AcqRel, Ordering::Relaxed) {
                    Ok(_) => return Some(number * BITS + bit.trailing_zeros() as usize),
                    Err(now) => seen = now,
                }
            }
            if !beside_others && seen & SEARCHERS != 0 {
                return None;
            }
        }
        None
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<u64> = self.words.iter().map(|word| word.0.load(Ordering::Relaxed)).collect();
        let searching: u64 = words.iter().map(|word| word >> BITS).sum();
        let idle: u32 = words.iter().map(|word| (word & IDLE).count_ones()).sum();
        f.debug_struct("Gate").field("searching", &searching).field("idle", &idle).finish_non_exhaustive()
    }
}
