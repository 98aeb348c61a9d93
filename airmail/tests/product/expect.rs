//! What a case must come to, told from its description alone.

use crate::case::{Abort, Case, Gone, Handle, Joiner, On, Shape, When};
use airmail::runtime::Trouble;

/// How the task ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Answered,
    Panicked,
    Cancelled,
}

/// What panics with this text.
pub(crate) const IN_POLL: &str = "thrown in poll";
pub(crate) const IN_DROP: &str = "thrown in the future's drop";
pub(crate) const IN_OUTPUT: &str = "thrown in the output's drop";
pub(crate) const IN_WAKER: &str = "thrown in the joiner's waker";
/// How a report speaks of a payload that is no text.
pub(crate) const NO_TEXT: &str = "(a panic payload that is no text)";

/// How the task ends: an abort, or the end of the runtime, counts until the poll that answers begins.
pub(crate) fn ending(case: Case) -> Ending {
    let cancelled = case.gone != Gone::AfterEnd
        || match case.abort {
            Abort::At(When::BeforeFirstPoll | When::BetweenPolls, _) => true,
            Abort::At(When::InPoll, _) => case.shape != Shape::AnswersAtOnce,
            Abort::At(When::AfterEnd, _) | Abort::Never | Abort::InDrop => false,
        };
    match cancelled {
        true => Ending::Cancelled,
        false if case.poll_panics() => Ending::Panicked,
        false => Ending::Answered,
    }
}

/// How often the task is polled: at least, and at most.
pub(crate) fn polls(case: Case) -> (u32, u32) {
    let never = case.gone == Gone::BeforeFirstPoll || case.abort_at(When::BeforeFirstPoll).is_some();
    let once = case.shape == Shape::AnswersAtOnce || case.abort_at(When::InPoll).is_some();
    let cancelled = ending(case) == Ending::Cancelled;
    match case.shape {
        _ if cancelled && never => (0, 0),
        _ if once => (1, 1),
        Shape::Yields => (if cancelled { 1 } else { 2 }, u32::MAX),
        _ => {
            if cancelled {
                (1, 1)
            } else {
                (2, 2)
            }
        }
    }
}

/// The handle is still there, with its waker, when the task ends.
pub(crate) fn joined_at_end(case: Case) -> bool {
    !matches!(case.handle, Handle::DroppedBeforeFirstPoll | Handle::DroppedBetweenPolls)
}

/// Nobody takes the outcome.
pub(crate) fn dropped(case: Case) -> bool {
    !matches!(case.handle, Handle::Awaited | Handle::AwaitedAfterRuntime)
}

/// Something is thrown in this case.
pub(crate) fn throws(case: Case) -> bool {
    case.drop_panics()
        || case.output_panics
        || ending(case) == Ending::Panicked
        || (case.joiner == Joiner::ForeignPanics && joined_at_end(case))
}

/// What the hook hears, in the order of the task's life. `None`: a local set has no hook.
pub(crate) fn troubles(case: Case) -> Option<Vec<(Trouble, &'static str)>> {
    if case.on == On::LocalSet {
        return None;
    }
    let mut troubles = Vec::new();
    if case.drop_panics() {
        troubles.push((Trouble::FutureDrop, IN_DROP));
    }
    if case.joiner == Joiner::ForeignPanics && joined_at_end(case) {
        troubles.push((Trouble::JoinWaker, IN_WAKER));
    }
    if dropped(case) {
        match ending(case) {
            Ending::Panicked => troubles.push((Trouble::Unobserved, IN_POLL)),
            // Once the runtime is gone, its hook is not asked any more: stderr has to do.
            Ending::Answered if case.output_panics && case.handle != Handle::DroppedAfterRuntime => {
                troubles.push((Trouble::OutputDrop, IN_OUTPUT));
            }
            Ending::Answered | Ending::Cancelled => {}
        }
    }
    if case.payload_panics {
        // A payload that panics in its drop is a type of the test's, which is no text.
        troubles.iter_mut().for_each(|(_, text)| *text = NO_TEXT);
    }
    Some(troubles)
}
