//! The programs on tokio's current-thread runtime with its clock paused, as tokio's users test theirs.

use crate::table::{Program, Table};
use crate::world::{Bug, Lost, Seen, World};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::task::JoinHandle;

#[derive(Clone, Copy)]
struct OnTokio;

struct Handle<T>(JoinHandle<T>);

impl<T> Future for Handle<T> {
    type Output = Result<T, Lost>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(|error| match error.try_into_panic() {
            Ok(payload) => resume_unwind(payload),
            Err(_) => Lost,
        })
    }
}

impl World for OnTokio {
    type Task<T: Send + 'static> = Handle<T>;

    fn spawn<F>(&self, _name: &'static str, future: F) -> Handle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Handle(tokio::spawn(future))
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send + 'static {
        tokio::time::sleep(time)
    }

    fn yield_now(&self) -> impl Future<Output = ()> + Send + 'static {
        tokio::task::yield_now()
    }

    async fn timeout<F>(&self, limit: Duration, future: F) -> Option<F::Output>
    where
        F: Future + Send,
        F::Output: Send,
    {
        tokio::time::timeout(limit, future).await.ok()
    }
}

/// One run, whose panics are the caller's. The program is the root, or a task that the root awaits.
fn run(program: &Program<OnTokio>, bug: Bug, in_a_task: bool) -> Result<(), Seen> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("valid");
    let body = (program.run)(OnTokio, bug);
    let ended = runtime.block_on(async {
        let an_hour = Duration::from_hours(1);
        if in_a_task {
            let task = tokio::spawn(body);
            tokio::time::timeout(an_hour, Handle(task))
                .await
                .map(|outcome| outcome.expect("nobody aborts it"))
        } else {
            tokio::time::timeout(an_hour, body).await
        }
    });
    let left = runtime.metrics().num_alive_tasks();
    match (ended, left) {
        (Err(_), _) => Err(Seen::Deadlock),
        (Ok(()), 0) => Ok(()),
        (Ok(()), left) => Err(Seen::Leaked(left)),
    }
}

/// A hundred runs of each find nothing.
#[track_caller]
fn all_pass(bug: Bug) {
    for program in Table::PROGRAMS {
        for in_a_task in [false, true] {
            for _ in 0..100 {
                let found = run(program, bug, in_a_task);
                assert_eq!(found, Ok(()), "{} (in a task of its own: {in_a_task})", program.name);
            }
        }
    }
}

#[test]
fn no_planted_bug_is_found() {
    all_pass(Bug::Planted);
}

#[test]
fn mended_programs_pass() {
    all_pass(Bug::Mended);
}

/// This runtime would see a deadlock and a task that is left over.
#[test]
fn deadlocks_and_leaks_would_be_found() {
    let program = |run| Program { run, ..Table::PROGRAMS[0] };
    let deadlocks = program(|_, _| Box::pin(std::future::pending()));
    assert_eq!(run(&deadlocks, Bug::Planted, false), Err(Seen::Deadlock));
    let leaks = program(|_, _| Box::pin(async { drop(tokio::spawn(std::future::pending::<()>())) }));
    assert_eq!(run(&leaks, Bug::Planted, true), Err(Seen::Leaked(1)));
}
