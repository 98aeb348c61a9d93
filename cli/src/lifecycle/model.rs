//! Where every task is, rebuilt from events alone.

use super::event::{Answer, Event, Happened};

/// Which tasks are in the queue, which wait, which are done: each in the order in which it came there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) queue: Vec<String>,
    pub(super) waiting: Vec<String>,
    pub(super) done: Vec<String>,
}

impl Model {
    /// One event later. A task is in one place at most: between `woken` and `queued`, or between an answer and
    /// what follows from it, it is in none; nor while it is polled, if it is told that it was picked.
    pub(super) fn apply(&mut self, event: &Event) {
        // A table has one queue for all, so a theft changes nothing in it.
        if matches!(event.happened, Happened::Result { .. } | Happened::Stolen { .. }) {
            return;
        }
        for place in [&mut self.queue, &mut self.waiting, &mut self.done] {
            place.retain(|task| *task != event.task);
        }
        let place = match event.happened {
            Happened::Queued { .. } => &mut self.queue,
            Happened::Polled { answer: Answer::Pending, .. } => &mut self.waiting,
            Happened::Finished { .. } => &mut self.done,
            _ => return,
        };
        place.push(event.task.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{Outcome, Queue};
    use super::*;

    fn model(queue: &[&str], waiting: &[&str], done: &[&str]) -> Model {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Model { queue: own(queue), waiting: own(waiting), done: own(done) }
    }

    const SPAWNED: Happened = Happened::Spawned { by: None };
    const QUEUED: Happened = Happened::Queued { queue: Queue::Local, worker: Some(0) };

    fn polled(answer: Answer) -> Happened {
        Happened::Polled { worker: 0, answer }
    }

    /// Every event of a life, and where it leaves the tasks.
    #[test]
    fn a_life() {
        let mut now = Model::default();
        for (task, happened, then) in [
            ("a", SPAWNED, model(&[], &[], &[])),
            ("a", QUEUED, model(&["a"], &[], &[])),
            ("b", SPAWNED, model(&["a"], &[], &[])),
            ("b", QUEUED, model(&["a", "b"], &[], &[])),
            ("a", polled(Answer::Pending), model(&["b"], &["a"], &[])),
            ("a", Happened::Woken { by: Some("b".to_owned()) }, model(&["b"], &[], &[])),
            ("a", QUEUED, model(&["b", "a"], &[], &[])),
            // From the middle, not the front.
            ("a", Happened::Picked { place: 2, of: 2 }, model(&["b"], &[], &[])),
            ("a", polled(Answer::Yielded), model(&["b"], &[], &[])),
            ("a", QUEUED, model(&["b", "a"], &[], &[])),
            ("b", polled(Answer::Yielded), model(&["a"], &[], &[])),
            ("b", QUEUED, model(&["a", "b"], &[], &[])),
            ("a", polled(Answer::Ready), model(&["b"], &[], &[])),
            ("a", Happened::Finished { outcome: Outcome::Completed }, model(&["b"], &[], &["a"])),
            ("a", Happened::Result { output: None, error: None }, model(&["b"], &[], &["a"])),
            // Woken by another thread during its poll: Pending, and queued at once.
            ("b", polled(Answer::Pending), model(&[], &["b"], &["a"])),
            ("b", QUEUED, model(&["b"], &[], &["a"])),
            ("b", Happened::Finished { outcome: Outcome::Cancelled }, model(&[], &[], &["a", "b"])),
        ] {
            now.apply(&Event { task: task.to_owned(), id: String::new(), happened: happened.clone() });
            assert_eq!(now, then, "after {happened:?} of {task}");
        }
    }
}
