//! Who explores, and what.

use airmail::sim::{Faults, Sim, Strategy};
use std::future::Future;
use std::pin::Pin;

/// Somebody who runs programs under many schedules.
pub(super) struct Explorer {
    pub(super) name: &'static str,
    /// Runs some schedules of a program, from this one on, and says how many.
    pub(super) explore: fn(program: usize, from: u32) -> u32,
}

pub(super) const EXPLORERS: [Explorer; 4] = [
    Explorer { name: "airmail", explore: |program, from| airmail(program, from, Faults::none()) },
    Explorer {
        name: "airmail, legal faults",
        explore: |program, from| airmail(program, from, Faults::legal()),
    },
    Explorer { name: "shuttle", explore: |program, _| shuttle(program) },
    Explorer { name: "tokio, paused", explore: |program, _| tokio(program) },
];

pub(super) const PROGRAMS: [&str; 2] = ["10 tasks, 50 polls", "1 queue, 4 senders"];

/// Before the clock is looked at again.
const AT_ONCE: u32 = 500;

type Body = Pin<Box<dyn Future<Output = ()>>>;

/// Nine tasks of five polls, and one of five that awaits them.
async fn ten_tasks<W: World>() {
    let task = || async {
        for _ in 0..4 {
            W::yield_now().await;
        }
    };
    let tasks: Vec<_> = (0..9).map(|_| W::spawn(task())).collect();
    for _ in 0..3 {
        W::yield_now().await;
    }
    for task in tasks {
        task.await;
    }
}

/// Four tasks send three numbers each into a queue of two places.
async fn queue<W: World>() {
    let (send, mut receive) = futures::channel::mpsc::channel::<u32>(1);
    for n in 0..4 {
        let mut send = send.clone();
        drop(W::spawn(async move {
            for m in 0..3 {
                futures::SinkExt::send(&mut send, 10 * n + m).await.expect("somebody receives");
            }
        }));
    }
    drop(send);
    let mut received = 0;
    while futures::StreamExt::next(&mut receive).await.is_some() {
        received += 1;
    }
    assert_eq!(received, 12, "nothing is lost");
}

fn body<W: World>(program: usize) -> Body {
    if program == 0 { Box::pin(ten_tasks::<W>()) } else { Box::pin(queue::<W>()) }
}

/// A runtime that programs are written for.
trait World: 'static {
    fn spawn(future: impl Future<Output = ()> + Send + 'static) -> impl Future<Output = ()>;
    fn yield_now() -> impl Future<Output = ()> + Send;
}

struct Airmail;

impl World for Airmail {
    fn spawn(future: impl Future<Output = ()> + Send + 'static) -> impl Future<Output = ()> {
        let task = airmail::spawn(future);
        async { task.await.expect("no panic") }
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        airmail::task::yield_now()
    }
}

fn airmail(program: usize, from: u32, faults: Faults) -> u32 {
    let sim = Sim::new().strategy(Strategy::Random).faults(faults).check_every(0);
    let sim = sim.first_seed(from.into()).seeds(AT_ONCE.into());
    let explored = sim.try_explore(|| body::<Airmail>(program));
    explored.unwrap_or_else(|failure| panic!("{failure}"));
    AT_ONCE
}

struct Shuttle;

impl World for Shuttle {
    fn spawn(future: impl Future<Output = ()> + Send + 'static) -> impl Future<Output = ()> {
        let task = shuttle::future::spawn(future);
        async { task.await.expect("no panic") }
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        shuttle::future::yield_now()
    }
}

fn shuttle(program: usize) -> u32 {
    shuttle::check_random(move || shuttle::future::block_on(body::<Shuttle>(program)), AT_ONCE as usize);
    AT_ONCE
}

struct Tokio;

impl World for Tokio {
    fn spawn(future: impl Future<Output = ()> + Send + 'static) -> impl Future<Output = ()> {
        let task = tokio::spawn(future);
        async { task.await.expect("no panic") }
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }
}

fn tokio(program: usize) -> u32 {
    for _ in 0..AT_ONCE {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_time().start_paused(true).build().expect("it starts");
        runtime.block_on(body::<Tokio>(program));
    }
    AT_ONCE
}

#[cfg(test)]
mod tests {
    use super::*;
    use airmail::sim::Simulation;
    use std::sync::Mutex;

    /// First in, first out: other orders have some polls of the main task more or less.
    #[test]
    fn polls_are_as_many_as_they_say() {
        static POLLS: Mutex<u64> = Mutex::new(0);
        Sim::new().strategy(Strategy::Fifo).seeds(1).check_every(0).explore(|| async {
            ten_tasks::<Airmail>().await;
            *POLLS.lock().expect("no panic") = Simulation::current().expect("inside").polls();
        });
        assert_eq!(*POLLS.lock().expect("no panic"), 50);
    }
}
