//! Which cases there are, and which combinations make no sense.

use crate::expect::{Ending, ending, throws};

/// On which executor the task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Runtime,
    LocalRuntime,
    /// In a `Runtime`.
    LocalSet,
    /// So many.
    Workers(usize),
}

/// The executors on one thread.
pub(crate) const ON_ONE_THREAD: [On; 3] = [On::Runtime, On::LocalRuntime, On::LocalSet];

/// How the task comes to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    AnswersAtOnce,
    /// It wakes itself in each poll until it is let go.
    Yields,
    /// Once, for a wake-up by another thread.
    Waits,
}

/// Where the future panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Panics {
    Nowhere,
    /// In the poll that would have answered.
    InPoll,
    /// When it is dropped.
    InDrop,
    InPollAndDrop,
}

/// What becomes of the join handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handle {
    /// The outcome is taken once the task has ended.
    Awaited,
    /// The outcome is taken when the runtime is gone.
    AwaitedAfterRuntime,
    DroppedBeforeFirstPoll,
    /// Between two polls of the task.
    DroppedBetweenPolls,
    DroppedAfterEnd,
    DroppedAfterRuntime,
}

/// With which waker the handle was polled before the task's first poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joiner {
    /// It was not polled.
    Nobody,
    /// The waker of another task.
    Task,
    /// A waker that is none of airmail's.
    Foreign,
    /// One that panics when it is woken.
    ForeignPanics,
}

/// When the task is aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    BeforeFirstPoll,
    BetweenPolls,
    /// During its own first poll, from inside.
    InPoll,
    AfterEnd,
}

/// Through what the task is aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    JoinHandle,
    AbortHandle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Abort {
    Never,
    At(When, By),
    /// By its own future's drop.
    InDrop,
}

/// When the executor is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    BeforeFirstPoll,
    BetweenPolls,
    AfterEnd,
}

/// One combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is one axis of the product")]
pub(crate) struct Case {
    pub(crate) on: On,
    pub(crate) shape: Shape,
    pub(crate) panics: Panics,
    /// The drop of its output panics.
    pub(crate) output_panics: bool,
    /// Whatever is thrown panics in turn when it is dropped.
    pub(crate) payload_panics: bool,
    pub(crate) handle: Handle,
    pub(crate) joiner: Joiner,
    pub(crate) abort: Abort,
    pub(crate) gone: Gone,
    /// The future is too large for a slot.
    pub(crate) boxed: bool,
    /// `Builder::count_wakers`.
    pub(crate) counted: bool,
}

const ABORTS: [Abort; 10] = [
    Abort::Never,
    Abort::At(When::BeforeFirstPoll, By::JoinHandle),
    Abort::At(When::BeforeFirstPoll, By::AbortHandle),
    Abort::At(When::BetweenPolls, By::JoinHandle),
    Abort::At(When::BetweenPolls, By::AbortHandle),
    Abort::At(When::InPoll, By::JoinHandle),
    Abort::At(When::InPoll, By::AbortHandle),
    Abort::At(When::AfterEnd, By::JoinHandle),
    Abort::At(When::AfterEnd, By::AbortHandle),
    Abort::InDrop,
];

const HANDLES: [Handle; 6] = [
    Handle::Awaited,
    Handle::AwaitedAfterRuntime,
    Handle::DroppedBeforeFirstPoll,
    Handle::DroppedBetweenPolls,
    Handle::DroppedAfterEnd,
    Handle::DroppedAfterRuntime,
];

/// All choices of one kind, one after the other.
fn each<T: Copy>(cases: Vec<Case>, choices: &[T], set: impl Fn(&mut Case, T)) -> Vec<Case> {
    let with = |mut case: Case, choice: T| {
        set(&mut case, choice);
        case
    };
    cases
        .into_iter()
        .flat_map(|case| choices.iter().map(move |&c| (case, c)))
        .map(|(c, x)| with(c, x))
        .collect()
}

/// The whole product on these executors, sense and nonsense.
pub(crate) fn for_each(on: &[On], f: impl FnMut(Case)) {
    let first = Case {
        on: On::Runtime,
        shape: Shape::AnswersAtOnce,
        panics: Panics::Nowhere,
        output_panics: false,
        payload_panics: false,
        handle: Handle::Awaited,
        joiner: Joiner::Nobody,
        abort: Abort::Never,
        gone: Gone::AfterEnd,
        boxed: false,
        counted: false,
    };
    let no_yes = [false, true];
    let cases = vec![first];
    let cases = each(cases, on, |c, x| c.on = x);
    let cases = each(cases, &no_yes, |c, x| c.counted = x);
    let cases = each(cases, &[Shape::AnswersAtOnce, Shape::Yields, Shape::Waits], |c, x| c.shape = x);
    let panics = [Panics::Nowhere, Panics::InPoll, Panics::InDrop, Panics::InPollAndDrop];
    let cases = each(cases, &panics, |c, x| c.panics = x);
    let cases = each(cases, &ABORTS, |c, x| c.abort = x);
    let cases = each(cases, &HANDLES, |c, x| c.handle = x);
    let gone = [Gone::AfterEnd, Gone::BetweenPolls, Gone::BeforeFirstPoll];
    let cases = each(cases, &gone, |c, x| c.gone = x);
    let joiners = [Joiner::Nobody, Joiner::Task, Joiner::Foreign, Joiner::ForeignPanics];
    let cases = each(cases, &joiners, |c, x| c.joiner = x);
    let cases = each(cases, &no_yes, |c, x| c.output_panics = x);
    let cases = each(cases, &no_yes, |c, x| c.payload_panics = x);
    let cases = each(cases, &no_yes, |c, x| c.boxed = x);
    cases.into_iter().for_each(f);
}

impl Case {
    /// The future panics when it is polled for the answer.
    pub(crate) fn poll_panics(self) -> bool {
        matches!(self.panics, Panics::InPoll | Panics::InPollAndDrop)
    }

    /// The future panics when it is dropped.
    pub(crate) fn drop_panics(self) -> bool {
        matches!(self.panics, Panics::InDrop | Panics::InPollAndDrop)
    }

    /// How the task is aborted at this point.
    pub(crate) fn abort_at(self, point: When) -> Option<By> {
        match self.abort {
            Abort::At(when, by) if when == point => Some(by),
            _ => None,
        }
    }

    /// Why this combination cannot be played, or repeats another one.
    pub(crate) fn nonsense(self) -> Option<&'static str> {
        self.no_such_point().or_else(|| self.no_handle_left()).or_else(|| self.no_difference())
    }

    /// Something is to happen at a point of the task's life that never comes.
    fn no_such_point(self) -> Option<&'static str> {
        let between = self.handle == Handle::DroppedBetweenPolls
            || self.gone == Gone::BetweenPolls
            || self.abort_at(When::BetweenPolls).is_some();
        if between && self.shape == Shape::AnswersAtOnce {
            return Some("between polls: the task is polled once only");
        }
        if between && self.abort_at(When::InPoll).is_some() {
            return Some("between polls: the task's own abort ends it before");
        }
        let unpolled = self.gone == Gone::BeforeFirstPoll || self.abort_at(When::BeforeFirstPoll).is_some();
        if unpolled && (between || self.abort_at(When::InPoll).is_some()) {
            return Some("in or between polls: the task ends before it is polled");
        }
        let at_end = matches!(self.handle, Handle::Awaited | Handle::DroppedAfterEnd)
            || self.abort_at(When::AfterEnd).is_some();
        if at_end && self.gone != Gone::AfterEnd {
            return Some("after the end: the runtime goes before, and ends the task");
        }
        None
    }

    /// The abort goes through a join handle that was dropped before.
    fn no_handle_left(self) -> Option<&'static str> {
        let Abort::At(when, By::JoinHandle) = self.abort else { return None };
        let dropped = match when {
            When::BeforeFirstPoll => false,
            When::BetweenPolls | When::InPoll => self.handle == Handle::DroppedBeforeFirstPoll,
            When::AfterEnd => {
                matches!(self.handle, Handle::DroppedBeforeFirstPoll | Handle::DroppedBetweenPolls)
            }
        };
        dropped.then_some("abort by join handle: it was dropped before")
    }

    /// A choice that changes nothing in this case.
    fn no_difference(self) -> Option<&'static str> {
        let ends = ending(self);
        if self.output_panics && ends != Ending::Answered {
            return Some("output's drop panics: there is no output");
        }
        if self.poll_panics() && ends == Ending::Cancelled {
            return Some("panic in poll: the poll that panics never comes");
        }
        if self.payload_panics && !throws(self) {
            return Some("payload's drop panics: there is no payload");
        }
        if self.on == On::LocalSet && self.counted {
            return Some("counted wakers: a local set offers no choice");
        }
        None
    }
}
