//! Every order of events of one task, up to a number of wakes, aborts and polls: a walk through all states
//! that the protocol can reach, step by atomic step, in one thread.
//!
//! loom looks at the same races with memory orders, for a few threads each; this looks at all parties at once.

use super::{flags, word};
use crate::task::word::{Idle, Outcome, Start, Wake, Word};
use std::collections::{HashSet, VecDeque};

/// Who has the right to poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Owner {
    Nobody,
    /// A waker or aborter, on its way to the queue.
    Hand,
    Queue,
    Polling,
    /// The future is gone; next the word is told.
    Finishing(Outcome),
    /// The word is told; next the join word.
    Closing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Body {
    Future,
    Output,
    Empty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Join {
    Waiting,
    Detached,
    Closed,
}

/// Everything there is to know at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State {
    word: Word,
    owner: Owner,
    body: Body,
    join: Join,
    handle: bool,
    /// A wake or an abort came, and no poll or cancel has begun since.
    owed: bool,
    freed: bool,
    wakes: u8,
    aborts: u8,
    polls: u8,
    yields: u8,
}

const GENERATION: u32 = 0x1_0002;

const START: State = State {
    word: Word::FREE,
    owner: Owner::Queue,
    body: Body::Future,
    join: Join::Waiting,
    handle: true,
    owed: false,
    freed: false,
    wakes: 4,
    aborts: 2,
    polls: 8,
    yields: 3,
};

impl State {
    /// A wake or an abort was applied to the word.
    fn told(mut self, (word, wake): (Word, Wake)) -> State {
        self.word = word;
        match wake {
            Wake::Stale => {
                assert!(self.body != Body::Future, "only a task without a future is stale: {self:?}");
            }
            Wake::Noted => self.owed = true,
            Wake::Submit => {
                assert_eq!(self.owner, Owner::Nobody, "a task has one owner: {self:?}");
                self.owner = Owner::Hand;
                self.owed = true;
            }
        }
        self
    }

    fn drop_future(mut self, outcome: Outcome) -> State {
        assert_eq!(self.body, Body::Future, "a future is dropped once: {self:?}");
        self.body = if outcome == Outcome::Completed { Body::Output } else { Body::Empty };
        self.owner = Owner::Finishing(outcome);
        self.owed = false;
        self
    }

    /// Takes or drops the outcome and gives the slot back.
    fn give_back(mut self) -> State {
        assert!(!self.freed, "a slot is given back once: {self:?}");
        let output = self.word.outcome() == Some(Outcome::Completed);
        assert_eq!(self.body == Body::Output, output, "an output is taken or dropped once: {self:?}");
        self.body = Body::Empty;
        self.freed = true;
        self.word = self.word.free().0;
        self
    }

    fn parties(self, next: &mut Vec<State>) {
        if self.wakes > 0 {
            let step = State { wakes: self.wakes - 1, ..self };
            next.push(step.told(self.word.wake(GENERATION as u16)));
        }
        if self.aborts > 0 {
            let step = State { aborts: self.aborts - 1, ..self };
            next.push(step.told(self.word.abort(GENERATION)));
        }
        if self.handle {
            let gone = State { handle: false, ..self };
            match self.join {
                Join::Waiting => next.push(State { join: Join::Detached, ..gone }),
                Join::Closed => next.push(gone.give_back()),
                Join::Detached => unreachable!("there is one handle"),
            }
        }
    }

    fn owner(self, next: &mut Vec<State>) {
        match self.owner {
            Owner::Nobody => {}
            Owner::Hand => next.push(State { owner: Owner::Queue, ..self }),
            Owner::Queue => next.push(match self.word.start() {
                (word, Start::Cancel) => State { word, ..self }.drop_future(Outcome::Cancelled),
                (word, Start::Poll | Start::Clear) => {
                    State { word, owner: Owner::Polling, owed: false, ..self }
                }
            }),
            Owner::Polling => self.polled(next),
            Owner::Finishing(outcome) => {
                next.push(State { word: self.word.finish(outcome), owner: Owner::Closing, ..self });
            }
            Owner::Closing => {
                let closed = State { owner: Owner::Nobody, join: Join::Closed, ..self };
                next.push(if self.join == Join::Detached { closed.give_back() } else { closed });
            }
        }
    }

    /// What a poll can answer.
    fn polled(self, next: &mut Vec<State>) {
        next.push(self.drop_future(Outcome::Completed));
        next.push(self.drop_future(Outcome::Panicked));
        if self.polls == 0 {
            return;
        }
        let pending = State { polls: self.polls - 1, ..self };
        if self.yields > 0 {
            next.push(State { owner: Owner::Queue, yields: self.yields - 1, ..pending });
        }
        next.push(match self.word.idle() {
            (word, Idle::Parked) => State { word, owner: Owner::Nobody, ..pending },
            (word, Idle::Requeue) => State { word, owner: Owner::Queue, ..pending },
            (word, Idle::Cancel) => State { word, ..pending }.drop_future(Outcome::Cancelled),
        });
    }

    fn check(&self) {
        let live = self.word.is_live();
        let nobody = self.owner == Owner::Nobody;
        if live {
            assert_eq!(self.word.is_owned(), !nobody, "owned means that there is an owner: {self:?}");
            assert!(!self.owed || !nobody, "a wake-up is followed by a poll or a cancel: {self:?}");
        }
        assert!(self.body != Body::Future || live, "a future is in a live slot: {self:?}");
        assert!(!self.freed || (flags(self.word) == 0 && nobody), "a free slot is nobody's: {self:?}");
    }

    fn check_end(&self) {
        if self.freed {
            assert_eq!(self.body, Body::Empty);
            assert_eq!(self.word, Word::free_at(GENERATION + 1));
        } else {
            let waits = self.body == Body::Future && self.owner == Owner::Nobody;
            assert!(waits && !self.word.is_aborted(), "who is not free waits: {self:?}");
        }
    }
}

#[test]
fn every_order_of_events() {
    let mut states = 0_u64;
    let mut ends = 0_u64;
    for counted in [false, true] {
        let start = State { word: word(GENERATION, 0).spawn(counted), ..START };
        let mut seen = HashSet::from([start]);
        let mut left = VecDeque::from([start]);
        while let Some(state) = left.pop_front() {
            state.check();
            let mut next = Vec::new();
            state.parties(&mut next);
            state.owner(&mut next);
            if next.is_empty() {
                state.check_end();
                ends += 1;
            }
            left.extend(next.into_iter().filter(|&state| seen.insert(state)));
        }
        states += seen.len() as u64;
    }
    crate::figures::tell(&format!("walk: {states} states, {ends} of them ends"));
    assert!(states > 10_000 && ends > 50, "{states} states, {ends} ends");
}
