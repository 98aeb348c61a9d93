//! The tasks on the lesson's executor.
//!
//! It has no tracker: a step says which task was polled and what it answered. The rest is seen from outside, as
//! the lesson's exercises see it: what came into the queue during a step was woken in it, since nothing but a
//! spawn and a wake puts a task there.

use super::display::Display;
use super::event::{self, Answer, Event, Happened, Outcome, Queue};
use super::futures::Round;
use super::tasks::{POSTMAN, Task};
use airmail_lesson::{Executor, JoinHandle, Step};

const QUEUED: Happened = Happened::Queued { queue: Queue::Local, worker: Some(0) };

/// Runs the tasks. Gives the display back.
pub(super) fn run(tasks: &[Task], mut display: Display) -> Display {
    let mut post = Post { executor: Executor::new(), handles: Vec::new() };
    let round = Round::default();
    let mut spawned = Vec::new();
    for task in tasks {
        let handle = post.executor.spawn(round.countdown(task.polls));
        spawned.extend(post.spawned(&task.name, handle));
    }
    let handle = post.executor.spawn(round.postman());
    spawned.extend(post.spawned(POSTMAN, handle));
    display.step(&spawned);
    while let Some(events) = post.step() {
        // The last step is not waited for.
        if post.executor.queue().is_empty() { display.tell(&events) } else { display.step(&events) }
    }
    display.tell(&post.results());
    display
}

struct Post {
    executor: Executor,
    /// The handles of all tasks, with their names.
    handles: Vec<(String, JoinHandle<u32>)>,
}

impl Post {
    fn spawned(&mut self, name: &str, handle: JoinHandle<u32>) -> Vec<Event> {
        let number = handle.id();
        self.handles.push((name.to_owned(), handle));
        let queued = self.executor.queue().contains(&number).then_some(QUEUED);
        [Happened::Spawned { by: None }]
            .into_iter()
            .chain(queued)
            .map(|happened| self.event(number, happened))
            .collect()
    }

    fn event(&self, number: u64, happened: Happened) -> Event {
        let known = self.handles.iter().find(|(_, handle)| handle.id() == number);
        let task = known.map_or_else(|| number.to_string(), |(name, _)| name.clone());
        Event { task, id: number.to_string(), happened }
    }

    /// One step, and what happened in it.
    fn step(&self) -> Option<Vec<Event>> {
        let before = self.executor.queue();
        let Step { task, answer } = self.executor.step()?;
        let after = self.executor.queue();
        // The task was at the front, and is told of apart.
        let others = |&&number: &&u64| number != task && !before.contains(&number);
        let mut events = Vec::new();
        for &number in after.iter().filter(others) {
            events.push(self.event(number, Happened::Woken { by: None }));
            events.push(self.event(number, QUEUED));
        }
        let yielded = after.contains(&task);
        let answer = match answer {
            airmail_lesson::Answer::Ready => Answer::Ready,
            airmail_lesson::Answer::Pending if yielded => Answer::Yielded,
            airmail_lesson::Answer::Pending => Answer::Pending,
        };
        let then = match answer {
            Answer::Ready => Some(Happened::Finished { outcome: Outcome::Completed }),
            Answer::Yielded => Some(QUEUED),
            Answer::Pending => None,
        };
        events.push(self.event(task, Happened::Polled { worker: 0, answer }));
        events.extend(then.map(|happened| self.event(task, happened)));
        Some(events)
    }

    fn results(&self) -> Vec<Event> {
        let result = |(name, handle): &(String, JoinHandle<u32>)| {
            let output = handle.try_take().ok_or_else(|| "the task is not done".to_owned());
            event::result(name, handle.id().to_string(), output)
        };
        self.handles.iter().map(result).collect()
    }
}
