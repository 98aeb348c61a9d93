//! The tasks on airmail's runtime with several workers.
//!
//! Workers act at the same time, so nothing can be printed between two polls: the [`Tracker`] notes all that is
//! told, and it is printed when all tasks are done.
//!
//! The clerk sees to a steal, without a sleep. It spawns the others during its poll, so they are in the queue of its
//! worker, and keeps the worker until one of them was polled: which only another worker can have done, after it took
//! the task from there. It is at least two tasks, or there would be no need to wake another worker for them.

use super::display::Display;
use super::event::{self, Event};
use super::futures::Round;
use super::local::named;
use super::tasks::{CLERK, POSTMAN, Task};
use super::tracker::Tracker;
use airmail::runtime::Builder;
use airmail::task::JoinHandle;
use std::io;
use std::sync::mpsc;

/// Runs the tasks. Gives the display back.
pub(super) fn run(tasks: &[Task], mut display: Display, workers: usize) -> io::Result<Display> {
    let tracker = Tracker::default();
    let runtime = Builder::new_multi_thread().worker_threads(workers).track(tracker.clone()).build()?;
    let (hand_over, handed_over) = mpsc::channel();
    let all = tasks.to_vec();
    let clerk = async move {
        let (handles, round) = spawn(all);
        let count = handles.len();
        // Whoever wants them waits for the clerk first.
        let _ = hand_over.send(handles);
        if workers > 1 {
            // What no task should do: its worker runs nothing else meanwhile.
            round.wait_for_a_poll();
        }
        u32::try_from(count).expect("a few tasks")
    };
    let results = runtime.block_on(async {
        let mut results = vec![result(CLERK, named(CLERK, clerk)).await];
        for (name, handle) in handed_over.try_iter().flatten() {
            results.push(result(&name, handle).await);
        }
        results
    });
    drop(runtime);
    for event in tracker.take() {
        display.step(&[event]);
    }
    display.tell(&results);
    Ok(display)
}

type Handles = Vec<(String, JoinHandle<u32>)>;

/// Spawns all tasks but the clerk.
fn spawn(tasks: Vec<Task>) -> (Handles, Round) {
    let round = Round::default();
    // All of them, before the first can be done and take itself for the last.
    let countdowns = tasks.into_iter().map(|task| (round.countdown(task.polls), task.name));
    let countdowns: Vec<_> = countdowns.collect();
    let spawn = |(countdown, name): (_, String)| {
        let handle = named(&name, countdown);
        (name, handle)
    };
    let mut handles: Handles = countdowns.into_iter().map(spawn).collect();
    handles.push((POSTMAN.to_owned(), named(POSTMAN, round.waiting_postman())));
    (handles, round)
}

async fn result(name: &str, handle: JoinHandle<u32>) -> Event {
    let id = handle.id().to_string();
    event::result(name, id, handle.await.map_err(|error| error.to_string()))
}
