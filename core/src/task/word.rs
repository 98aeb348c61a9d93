//! The state word of a task, as pure functions from a word to the next word and what it means.
//!
//! No atomics here: `state.rs` applies these to the one atomic. The table in `mod.rs` is printed from these
//! functions and compared by a test.

use std::fmt;

/// One value of a slot's state word: generation in the upper half, flags in the lowest byte.
///
/// All zero is a free slot of generation 0, which is what fresh memory holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Word(u64);

/// The slot holds a task whose future has not been dropped yet.
const LIVE: u64 = 1;
/// Owned: exactly one queue entry or one running poll holds the task.
const OWNED: u64 = 1 << 1;
/// Woken again while it was owned.
const WOKEN: u64 = 1 << 2;
/// An abort was asked for; the next owner drops the future instead of polling it.
const ABORT: u64 = 1 << 3;
/// Wakers of this task are counted; the count pins the slot.
const COUNTED: u64 = 1 << 4;
/// The future is gone and the outcome is stored; the slot belongs to the join word's protocol.
const DONE: u64 = 1 << 5;
/// With `DONE`: the outcome is a panic payload.
const PANICKED: u64 = 1 << 6;
/// With `DONE`: there is no output, the future was dropped before it answered.
const CANCELLED: u64 = 1 << 7;

const FLAGS: u64 = 0xff;

/// What a wake or an abort found, and what its caller must do.
#[must_use = "`Submit` hands over the task: dropping it loses the wake-up"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Another generation, or no live task: nothing to do.
    Stale,
    /// Somebody owns the task and will see the new word: nothing to do.
    Noted,
    /// The caller owns the task now and must put it into its queue.
    Submit,
}

/// What the new owner of a task must do before it polls.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Poll; nothing has to be written.
    Poll,
    /// Write the new word (it forgets wake-ups that this poll answers), then poll.
    Clear,
    /// Drop the future instead.
    Cancel,
}

/// What the owner must do after a poll that answered `Pending`.
#[must_use = "`Requeue` and `Cancel` leave the task with the caller"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Idle {
    /// The task waits; the caller does not own it any more.
    Parked,
    /// It was woken during the poll: put it at the back of the queue.
    Requeue,
    /// It was aborted during the poll: drop the future.
    Cancel,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The future answered; its output is (or was) there for the join handle.
    Completed,
    /// The future panicked while it was polled.
    Panicked,
    /// The future was dropped before it answered.
    Cancelled,
}

/// What becomes of a slot that its last user gives back.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Free {
    /// It may hold another task, under the next generation.
    Reuse,
    /// Its generations are used up: it is never used again, so that ids stay exact.
    Retire,
}

impl Word {
    /// A free slot of generation 0.
    #[allow(dead_code, reason = "slots start as zeroed memory; the models make theirs")]
    pub(crate) const FREE: Word = Word(0);

    /// A word from its raw bits.
    #[inline]
    pub(crate) const fn from_bits(bits: u64) -> Word {
        Word(bits)
    }

    /// The raw bits.
    #[inline]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// A free word of the given generation.
    #[inline]
    pub(crate) const fn free_at(generation: u32) -> Word {
        Word((generation as u64) << 32)
    }

    /// Which use of the slot this is.
    #[inline]
    pub(crate) const fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline]
    const fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }

    #[inline]
    const fn with(self, flags: u64) -> Word {
        Word(self.0 | flags)
    }

    #[inline]
    const fn without(self, flags: u64) -> Word {
        Word(self.0 & !flags)
    }

    /// A task is in the slot and its future has not been dropped.
    #[inline]
    pub(crate) const fn is_live(self) -> bool {
        self.has(LIVE)
    }

    /// A queue entry or a running poll owns the task.
    #[inline]
    pub(crate) const fn is_owned(self) -> bool {
        self.has(OWNED)
    }

    /// Wakers are counted.
    #[inline]
    pub(crate) const fn is_counted(self) -> bool {
        self.has(COUNTED)
    }

    /// An abort was asked for.
    #[allow(dead_code, reason = "the exhaustive walk asks")]
    pub(crate) const fn is_aborted(self) -> bool {
        self.has(ABORT)
    }

    /// The outcome, once the task is done and until its slot is free.
    #[inline]
    pub(crate) const fn outcome(self) -> Option<Outcome> {
        if !self.has(DONE) {
            None
        } else if self.has(PANICKED) {
            Some(Outcome::Panicked)
        } else if self.has(CANCELLED) {
            Some(Outcome::Cancelled)
        } else {
            Some(Outcome::Completed)
        }
    }

    /// A free slot receives a task. Its creator owns it.
    #[inline]
    #[must_use]
    pub(crate) const fn spawn(self, counted: bool) -> Word {
        self.with(LIVE | OWNED | if counted { COUNTED } else { 0 })
    }

    /// A waker that knows the low 16 bits of the generation wakes the task.
    #[inline]
    pub(crate) const fn wake(self, generation: u16) -> (Word, Wake) {
        if !self.has(LIVE) || self.generation() as u16 != generation {
            (self, Wake::Stale)
        } else if self.has(OWNED) {
            // Written even when WOKEN is set already: the poll start only loads, so it is this write that
            // hands the waker's own writes to the coming poll.
            (self.with(WOKEN), Wake::Noted)
        } else {
            (self.with(OWNED), Wake::Submit)
        }
    }

    /// Somebody who knows the whole generation asks for an abort.
    #[inline]
    pub(crate) const fn abort(self, generation: u32) -> (Word, Wake) {
        if !self.has(LIVE) || self.generation() != generation {
            (self, Wake::Stale)
        } else if self.has(OWNED) {
            (self.with(ABORT), Wake::Noted)
        } else {
            (self.with(ABORT | OWNED), Wake::Submit)
        }
    }

    /// The owner is about to poll.
    #[inline]
    pub(crate) const fn start(self) -> (Word, Start) {
        if self.has(ABORT) {
            (self, Start::Cancel)
        } else if self.has(WOKEN) {
            (self.without(WOKEN), Start::Clear)
        } else {
            (self, Start::Poll)
        }
    }

    /// The owner's poll answered `Pending`.
    #[inline]
    pub(crate) const fn idle(self) -> (Word, Idle) {
        if self.has(ABORT) {
            (self, Idle::Cancel)
        } else if self.has(WOKEN) {
            (self.without(WOKEN), Idle::Requeue)
        } else {
            (self.without(OWNED), Idle::Parked)
        }
    }

    /// The owner dropped the future and stored the outcome. Late wakes and aborts are moot.
    #[inline]
    #[must_use]
    pub(crate) const fn finish(self, outcome: Outcome) -> Word {
        let kept = self.without(FLAGS).0 | (self.0 & COUNTED);
        Word(
            kept | DONE
                | match outcome {
                    Outcome::Completed => 0,
                    Outcome::Panicked => PANICKED,
                    Outcome::Cancelled => CANCELLED,
                },
        )
    }

    /// The last user of a finished task gives the slot back.
    #[inline]
    pub(crate) const fn free(self) -> (Word, Free) {
        match self.generation().checked_add(1) {
            Some(next) => (Word::free_at(next), Free::Reuse),
            None => (Word::free_at(u32::MAX), Free::Retire),
        }
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 8] =
            ["LIVE", "OWNED", "WOKEN", "ABORT", "COUNTED", "DONE", "PANICKED", "CANCELLED"];
        write!(f, "{}:", self.generation())?;
        if self.0 & FLAGS == 0 {
            return f.write_str("FREE");
        }
        let set = (0..8).filter(|bit| self.0 >> bit & 1 == 1).map(|bit| NAMES[bit]);
        for (n, name) in set.enumerate() {
            write!(f, "{}{name}", if n == 0 { "" } else { "|" })?;
        }
        Ok(())
    }
}
