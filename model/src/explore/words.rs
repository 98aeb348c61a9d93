//! Every word, reachable or not, under every event.

use super::{ABORT, COUNTED, DONE, LIVE, OWNED, WOKEN, flags, names, word};
use crate::task::word::{Free, Idle, Outcome, Start, Wake, Word};

const GENERATIONS: [u32; 9] =
    [0, 1, 2, 0xffff, 0x1_0000, 0x1_0001, u32::MAX - 0x1_0000, u32::MAX - 1, u32::MAX];

fn every_word(mut check: impl FnMut(Word)) {
    for generation in GENERATIONS {
        for flags in 0..=0xff {
            check(word(generation, flags));
        }
    }
}

/// `after` differs from `before` in exactly these flags, and in no other bit.
fn assert_moves(before: Word, after: Word, added: u64, removed: u64) {
    assert_eq!(after.bits(), before.bits() & !removed | added, "{before:?} became {after:?}");
}

#[test]
fn names_are_those_of_the_code() {
    assert_eq!(names(LIVE | OWNED | WOKEN | ABORT | COUNTED | DONE), "LIVE|OWNED|WOKEN|ABORT|COUNTED|DONE");
    assert_eq!((names(0).as_str(), Word::FREE), ("FREE", word(0, 0)));
}

#[test]
fn wake() {
    every_word(|before| {
        for generation in GENERATIONS.map(|generation| generation as u16) {
            let (after, wake) = before.wake(generation);
            let fresh = before.is_live() && before.generation() as u16 == generation;
            match wake {
                Wake::Stale => {
                    assert!(!fresh);
                    assert_moves(before, after, 0, 0);
                }
                Wake::Noted => {
                    assert!(fresh && before.is_owned());
                    assert_moves(before, after, WOKEN, 0);
                }
                Wake::Submit => {
                    assert!(fresh && !before.is_owned());
                    assert_moves(before, after, OWNED, 0);
                }
            }
        }
    });
}

#[test]
fn abort() {
    every_word(|before| {
        for generation in GENERATIONS {
            let (after, wake) = before.abort(generation);
            let fresh = before.is_live() && before.generation() == generation;
            match wake {
                Wake::Stale => {
                    assert!(!fresh);
                    assert_moves(before, after, 0, 0);
                }
                Wake::Noted => {
                    assert!(fresh && before.is_owned());
                    assert_moves(before, after, ABORT, 0);
                }
                Wake::Submit => {
                    assert!(fresh && !before.is_owned());
                    assert_moves(before, after, ABORT | OWNED, 0);
                }
            }
        }
    });
}

#[test]
fn start_and_idle() {
    every_word(|before| {
        let (after, start) = before.start();
        assert_eq!(start == Start::Cancel, before.is_aborted());
        match start {
            Start::Poll => assert!(flags(before) & WOKEN == 0 && after == before),
            Start::Clear => assert_moves(before, after, 0, WOKEN),
            Start::Cancel => assert_eq!(after, before, "the owner still owns it"),
        }
        let (after, idle) = before.idle();
        assert_eq!(idle == Idle::Cancel, before.is_aborted());
        match idle {
            Idle::Parked => {
                assert_eq!(flags(before) & (WOKEN | ABORT), 0, "a wake-up is not lost");
                assert_moves(before, after, 0, OWNED);
            }
            Idle::Requeue => assert_moves(before, after, 0, WOKEN),
            Idle::Cancel => assert_eq!(after, before, "the owner still owns it"),
        }
    });
}

#[test]
fn finish_and_free() {
    every_word(|before| {
        for outcome in [Outcome::Completed, Outcome::Panicked, Outcome::Cancelled] {
            let done = before.finish(outcome);
            assert_eq!(done.outcome(), Some(outcome));
            assert!(!done.is_live() && !done.is_owned() && !done.is_aborted());
            assert_eq!((done.generation(), done.is_counted()), (before.generation(), before.is_counted()));
            assert_eq!(done.wake(done.generation() as u16), (done, Wake::Stale));
            assert_eq!(done.abort(done.generation()), (done, Wake::Stale));
        }
        let (free, answer) = before.free();
        assert_eq!(flags(free), 0);
        if before.generation() == u32::MAX {
            assert_eq!((free.generation(), answer), (u32::MAX, Free::Retire), "ids stay exact");
        } else {
            assert_eq!((free.generation(), answer), (before.generation() + 1, Free::Reuse));
        }
    });
}

#[test]
fn spawn() {
    for generation in GENERATIONS {
        for counted in [false, true] {
            let free = Word::free_at(generation);
            let new = free.spawn(counted);
            assert_moves(free, new, LIVE | OWNED | if counted { COUNTED } else { 0 }, 0);
        }
    }
}
