//! Readiness with a poller that is played: events come in batches, and some are told when their sources are gone and others
//! have their places.

use airmail_core::ready::{Key, READABLE, Resources, Side, WRITABLE};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A source, and what must be true of it.
struct Known {
    key: Key,
    wakes: Arc<Wakes>,
    /// Somebody waits to read.
    waits: bool,
    ready: u8,
    expected: usize,
}

/// Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end
    }
}

/// A table, its sources, and what the system has not yet told.
struct Play {
    table: Resources,
    sources: Vec<Known>,
    batch: VecDeque<(Key, u8)>,
    told_to_nobody: usize,
}

impl Play {
    fn opens(&mut self) {
        let key = self.table.take(0).expect("open");
        assert!(self.sources.iter().all(|known| known.key.place != key.place), "a place for each");
        let wakes = Arc::default();
        self.sources.push(Known { key, wakes, waits: false, ready: 0, expected: 0 });
    }

    fn waits(&mut self, at: usize) {
        let known = &mut self.sources[at];
        let waker = Waker::from(Arc::clone(&known.wakes));
        let answer = self.table.wait(known.key, Side::Reader, READABLE, &waker);
        assert_eq!(answer.is_some(), known.ready & READABLE != 0);
        known.waits |= answer.is_none();
    }

    /// An operation finds nothing any more.
    fn clears(&mut self, at: usize) {
        let known = &mut self.sources[at];
        let seen = self.table.readiness(known.key);
        assert_eq!(seen.flags(), known.ready);
        assert!(self.table.clear(known.key, seen, READABLE));
        known.ready &= !READABLE;
    }

    /// What it waits for is not told any more, though it may be in the batch.
    fn closes(&mut self, at: usize) {
        let known = self.sources.swap_remove(at);
        self.table.give(known.key);
        assert_eq!(known.wakes.0.load(Ordering::Relaxed), known.expected);
        assert_eq!(Arc::strong_count(&known.wakes), 1, "its waker is not kept");
    }

    fn tells(&mut self, events: usize) {
        for (key, flags) in self.batch.drain(..events.min(self.batch.len())) {
            let mut out = Vec::new();
            self.table.event(key, flags, |waker| out.push(waker));
            match self.sources.iter_mut().find(|known| known.key == key) {
                None => {
                    self.told_to_nobody += 1;
                    assert!(out.is_empty(), "an event of a source that is gone woke somebody");
                }
                Some(known) => {
                    known.ready |= flags;
                    let woken = known.waits && flags & READABLE != 0;
                    assert_eq!(out.len(), usize::from(woken));
                    known.expected += usize::from(woken);
                    known.waits &= !woken;
                }
            }
            out.into_iter().for_each(Waker::wake);
        }
    }

    fn check(&self) {
        assert_eq!(self.table.live(), self.sources.len());
        for known in &self.sources {
            assert_eq!(self.table.readiness(known.key).flags(), known.ready);
            assert_eq!(known.wakes.0.load(Ordering::Relaxed), known.expected);
        }
    }
}

#[test]
fn events_of_sources_that_are_gone_mean_nobody() {
    for seed in 1..=200_u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let table = Resources::new();
        let mut play = Play { table, sources: Vec::new(), batch: VecDeque::new(), told_to_nobody: 0 };
        for _ in 0..500 {
            let sources = play.sources.len();
            match random.below(8) {
                0 | 1 if sources < 12 => play.opens(),
                2 if sources > 0 => play.closes(random.below(sources)),
                3 if sources > 0 => play.waits(random.below(sources)),
                4 if sources > 0 => play.clears(random.below(sources)),
                5 => play.tells(random.below(6)),
                _ if sources > 0 => {
                    let key = play.sources[random.below(sources)].key;
                    play.batch.push_back((key, [READABLE, WRITABLE, READABLE | WRITABLE][random.below(3)]));
                }
                _ => {}
            }
            play.check();
        }
        play.tells(usize::MAX);
        play.check();
        assert!(play.told_to_nobody > 0, "seed {seed} tells of no source that is gone");
    }
}
