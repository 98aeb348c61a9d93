//! The one atomic of a task's life, and the one loop that changes it.

use super::word::{Free, Idle, Outcome, Start, Wake, Word};
use crate::sync::atomic::{AtomicU64, Ordering, overwrite};

/// The state word of a slot. Every transition is one read-modify-write, except those that no other thread can
/// race with: the creation of a task in a free slot, its end and the slot's return, and the poll start of a task
/// that nobody woke since it was queued.
#[derive(Debug)]
pub(crate) struct State(AtomicU64);

impl State {
    #[allow(dead_code, reason = "slots start as zeroed memory; the models construct theirs")]
    pub(crate) fn new(word: Word) -> State {
        State(AtomicU64::new(word.bits()))
    }

    /// A look that decides nothing by itself, or one whose caller got the slot from the join word.
    #[inline]
    pub(crate) fn peek(&self) -> Word {
        Word::from_bits(self.0.load(Ordering::Relaxed))
    }

    /// A look that also sees all that was written before the word: for walkers.
    #[inline]
    pub(crate) fn observe(&self) -> Word {
        Word::from_bits(self.0.load(Ordering::Acquire))
    }

    /// The one loop. `AcqRel` throughout: a transition passes on what it saw, and the next owner of the task
    /// sees what every earlier owner, waker and aborter did.
    #[inline(always)]
    fn update<T>(&self, mut word: Word, step: impl Fn(Word) -> (Word, T), stop: impl Fn(&T) -> bool) -> T {
        loop {
            let (next, answer) = step(word);
            if stop(&answer) {
                return answer;
            }
            match self.0.compare_exchange(word.bits(), next.bits(), Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return answer,
                Err(now) => word = Word::from_bits(now),
            }
        }
    }

    /// A task is created in this free slot; nobody else may write the word. `Release`: whoever reaches the
    /// word through a stale reference of a wrapped generation finds the header of the new task.
    #[inline]
    pub(super) fn spawn(&self, counted: bool) -> Word {
        let word = self.peek().spawn(counted);
        self.0.store(word.bits(), Ordering::Release);
        word
    }

    /// Somebody wakes generation `generation` (its low 16 bits).
    ///
    /// Pairs with the `Acquire` of the next [`start`](State::start) or [`idle`](State::idle): the poll that
    /// answers this wake sees what the waker's thread wrote before it.
    #[inline]
    pub(super) fn wake(&self, generation: u16) -> Wake {
        self.update(self.peek(), |word| word.wake(generation), |wake| *wake == Wake::Stale)
    }

    /// Somebody asks for an abort of exactly this generation. Orderings as [`wake`](State::wake).
    pub(super) fn abort(&self, generation: u32) -> Wake {
        self.update(self.peek(), |word| word.abort(generation), |wake| *wake == Wake::Stale)
    }

    /// The owner is about to poll: the word it will compare with afterwards, or `None` to cancel.
    ///
    /// `Acquire` pairs with the `Release` of the waker that queued the task and of those who only noted.
    #[inline]
    pub(super) fn start(&self) -> Option<Word> {
        let mut word = Word::from_bits(self.0.load(Ordering::Acquire));
        loop {
            let (next, start) = word.start();
            match start {
                Start::Poll => return Some(word),
                Start::Cancel => return None,
                Start::Clear => {
                    match self.0.compare_exchange(
                        word.bits(),
                        next.bits(),
                        Ordering::AcqRel,
                        Ordering::Acquire,
                    ) {
                        Ok(_) => return Some(next),
                        Err(now) => word = Word::from_bits(now),
                    }
                }
            }
        }
    }

    /// The owner's poll, which started at `seen`, answered `Pending`. `Release` pairs with the next owner's
    /// `Acquire`; `Acquire` with a wake or abort during the poll.
    #[inline]
    pub(super) fn idle(&self, seen: Word) -> Idle {
        // `Cancel` leaves the word alone, but it must see what the aborter did: reading it through `update`
        // would be Relaxed.
        let idle = self.update(seen, Word::idle, |idle| *idle == Idle::Cancel);
        if idle == Idle::Cancel {
            self.observe();
        }
        idle
    }

    /// The owner has dropped the future and stored the outcome. A plain store: it may overwrite a late wake or
    /// abort, both moot now.
    ///
    /// No exchange can undo it. Each expects a live word of one generation (whoever finds anything else is
    /// stale, and writes nothing), and generations only go up: in the word's one order of writes no such word
    /// follows this one. So an exchange takes effect before this store, or it fails. (`skip_generations`, which is for
    /// tests, expects a free word; it is not called while tasks are spawned.)
    #[inline]
    pub(super) fn finish(&self, outcome: Outcome) {
        overwrite(&self.0, self.peek().finish(outcome).bits());
    }

    /// The last user of the slot gives it back. A plain store, as [`finish`](State::finish); `Release`, so that
    /// whoever sees the next generation comes after everything of this one.
    #[inline]
    pub(super) fn free(&self) -> Free {
        let (next, free) = self.peek().free();
        overwrite(&self.0, next.bits());
        free
    }

    /// A free slot skips to a later generation.
    pub(super) fn skip_generations(&self, to: u32) {
        let word = self.peek();
        if !word.is_live() && word.outcome().is_none() && word.generation() < to {
            // If the slot is taken meanwhile, nothing happens.
            let next = Word::free_at(to).bits();
            let _ = self.0.compare_exchange(word.bits(), next, Ordering::AcqRel, Ordering::Relaxed);
        }
    }
}
