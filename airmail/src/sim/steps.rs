//! The steps of a run that its report shows.

use super::run::Run;
use super::trace::{Event, Told};

/// So many of the last steps are shown.
const LAST: usize = 16;
/// So many others, if something was decided there.
const DECIDED: usize = 24;

/// What is shown.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    pub(super) lines: Vec<String>,
    /// Something was decided in one of them.
    pub(super) decided: bool,
}

/// The last steps, and before them those in which something was decided, each with what came of it.
pub(super) fn of(run: &Run) -> Steps {
    let events = &run.trace.events()[..run.steps];
    let last = events.len().saturating_sub(LAST);
    let decided = (0..last).filter(|&n| events[n].deviates() || n > 0 && events[n - 1].deviates());
    let mut shown: Vec<usize> = decided.collect();
    // If there are too many, they are no explanation.
    if shown.len() > DECIDED {
        shown.clear();
    }
    shown.extend(last..events.len());
    let decision = |event: Event| event.deviates() && !matches!(event, Event::Stale { .. });
    let decided = shown.iter().any(|&n| decision(events[n]));
    let mut lines = Vec::new();
    let mut next = shown.first().copied().unwrap_or_default().min(last);
    for n in shown {
        if n != next {
            lines.push(format!("{:>6}", "..."));
        }
        lines.push(format!("{:>6}  {}", n + 1, Told(events[n], &run.names)));
        next = n + 1;
    }
    Steps { lines, decided }
}
