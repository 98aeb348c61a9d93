//! One run of a body under one seed.

use super::builder::surround;
use super::faults::Faults;
use super::report::TaskReport;
use super::state::{Panicked, Rules, Shared, Stop, number};
use super::strategy::Strategy;
use super::tape::{Deviation, Tape};
use super::trace::Trace;
use crate::runtime::{Builder, LocalOptions, LocalRuntime};
use crate::task::{self, Activity, JoinError, JoinHandle};
use crate::timers::caught;
use airmail_core::Spawn;
use std::any::Any;
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// What the runs of an exploration have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) strategy: Strategy,
    pub(super) faults: Faults,
    pub(super) max_polls: u64,
    pub(super) leaks: bool,
    pub(super) threads: bool,
    /// Who spawns the body: the line that explores.
    pub(super) spawn: Spawn,
}

/// What went wrong in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The body panicked, or a task did and nobody took it from its handle.
    Panic,
    /// The body returned an error.
    Error,
    /// Nothing is ready, no timer is set, and the body is not done.
    Deadlock,
    /// The body is done, nothing is ready, and tasks are left.
    Leak,
    /// There were more polls than [`Sim::max_polls`](super::Sim::max_polls) allows.
    Endless,
    /// The same seed did not give the same run, or cannot be expected to.
    Nondeterminism,
}

/// A run that failed.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) kind: Kind,
    pub(super) message: String,
    /// What two failures of a kind have in common if they are the same: where the panic was, the error's text.
    signature: String,
    /// Those that wait, or are left.
    pub(super) tasks: Vec<TaskReport>,
}

impl Failed {
    fn new(kind: Kind, message: impl Into<String>) -> Failed {
        Failed { kind, message: message.into(), signature: String::new(), tasks: Vec::new() }
    }

    /// The same failure, for who makes a run simpler. What a deadlock or a leak is about may change on the way.
    pub(super) fn is_like(&self, other: &Failed) -> bool {
        self.kind == other.kind && self.signature == other.signature
    }

    /// Another run of the same decisions differed.
    pub(super) fn nondeterminism(message: String) -> Failed {
        Failed::new(Kind::Nondeterminism, message)
    }
}

/// What came of a run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) failed: Option<Failed>,
    pub(super) trace: Trace,
    /// How many of its steps there were when the run was over; the rest is its end.
    pub(super) steps: usize,
    pub(super) deviations: Vec<Deviation>,
    pub(super) polls: u64,
    /// The last polls of those that waited in the end.
    pub(super) last_polls: Vec<u64>,
    pub(super) names: Vec<Option<&'static str>>,
    pub(super) suspects: Vec<String>,
    pub(super) panics: Vec<Panicked>,
    pub(super) remarks: Vec<String>,
}

/// What a body may answer: nothing, or a [`Result`], whose error is a failure.
#[diagnostic::on_unimplemented(
    message = "the body of a simulation answers `()` or a `Result`, not `{Self}`",
    note = "a body that only panics or loops has the type `!`: end it with `()`"
)]
pub trait Verdict: 'static {
    /// What is wrong; `None`: nothing.
    fn error(self) -> Option<String>;
}

impl Verdict for () {
    fn error(self) -> Option<String> {
        None
    }
}

impl<T: 'static, E: Debug + 'static> Verdict for Result<T, E> {
    fn error(self) -> Option<String> {
        self.err().map(|error| format!("{error:?}"))
    }
}

/// Said of a deadlock.
const DEADLOCK: &str = "nothing is ready, no timer is set, and nobody else can wake a task (another thread, if one is \
                        to, cannot: see `Sim::threads`)";

/// Runs `body` once. `given`: with these decisions, and no others. `diagnosed`: the polls in which it is noted who
/// keeps a waker.
pub(super) fn run<F>(
    settings: &Settings,
    seed: u64,
    given: Option<&[Deviation]>,
    diagnosed: &[u64],
    body: &dyn Fn() -> F,
) -> Run
where
    F: Future<Output: Verdict> + 'static,
{
    let rules = Rules {
        seed,
        faults: settings.faults,
        max_polls: settings.max_polls,
        threads: settings.threads,
        quiet: true,
    };
    let shared = Shared::new(rules);
    shared.state().diagnosed = diagnosed.to_vec();
    let runtime = build(&shared, settings.strategy, given);
    let mut watched = Watched { shared: Arc::clone(&shared), body, main: None, settings: *settings };
    let answer = runtime.block_on(poll_fn(|cx| watched.poll(cx)));
    let steps = shared.state().trace.events().len();
    let last_polls = shared.state().last_polls();
    // There is an answer only if nothing stopped the run before.
    let failed = answer
        .and_then(|answer| judge(answer, &shared))
        .or_else(|| stopped(&shared, &runtime))
        .or_else(|| left_over(settings, &shared, &runtime));
    drop(watched);
    drop(runtime);
    let failed = failed.or_else(|| trouble(&shared));
    let mut state = shared.state();
    Run {
        steps,
        trace: std::mem::take(&mut state.trace),
        deviations: std::mem::take(&mut state.deviations),
        polls: state.polls,
        last_polls,
        names: state.names(),
        failed,
        suspects: std::mem::take(&mut state.suspects),
        panics: std::mem::take(&mut state.panics),
        remarks: std::mem::take(&mut state.remarks),
    }
}

fn build(shared: &Arc<Shared>, strategy: Strategy, given: Option<&[Deviation]>) -> LocalRuntime {
    let mut builder = Builder::new_current_thread();
    let (shared, given) = (Arc::clone(shared), given.map(<[Deviation]>::to_vec));
    builder.around(move |parts| {
        let tape = given.as_deref().map_or_else(Tape::fresh, Tape::given);
        surround(parts, Arc::clone(&shared), strategy, tape)
    });
    builder.build_local(LocalOptions::default()).expect("the defaults make sense")
}

/// How a body ended: with an error's text or without, or in a panic.
type Answer = Result<Option<String>, Box<dyn Any + Send>>;

/// Spawns the body as a task, and waits until that is done and, unless tasks may be left, all is quiet; or until
/// something stops the run.
struct Watched<'a, F: Future> {
    shared: Arc<Shared>,
    body: &'a dyn Fn() -> F,
    main: Option<Main<F::Output>>,
    settings: Settings,
}

enum Main<T> {
    Runs(JoinHandle<T>),
    Answered(Answer),
}

impl<F> Watched<'_, F>
where
    F: Future<Output: Verdict> + 'static,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Answer>> {
        let (stopped, ended_first) = {
            let state = self.shared.state();
            (state.stopped.is_some(), state.watch.ended_first)
        };
        if stopped && !ended_first {
            return Poll::Ready(None);
        }
        let main = self.main.get_or_insert_with(|| spawn(&self.shared, self.settings.spawn, self.body));
        if let Main::Runs(handle) = main
            && let Poll::Ready(outcome) = Pin::new(handle).poll(cx)
        {
            *main = Main::Answered(outcome.map_err(payload).and_then(error));
        }
        let mut state = self.shared.state();
        if let Some(main) = self.main.take_if(|main| matches!(main, Main::Answered(_))) {
            let Main::Answered(answer) = main else { unreachable!("just looked") };
            let over = self.settings.leaks || state.watch.quiet || stopped || !matches!(answer, Ok(None));
            if over {
                return Poll::Ready(Some(answer));
            }
            state.watch.draining = true;
            self.main = Some(Main::Answered(answer));
        }
        state.watch.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// The answer's error. To format it, and to drop the rest, is the user's code: a panic there is the body's.
fn error(answer: impl Verdict) -> Answer {
    catch_unwind(AssertUnwindSafe(|| answer.error()))
}

/// What a join error has to say: the panic, or that the task was cancelled.
fn payload(error: JoinError) -> Box<dyn Any + Send> {
    error.try_into_panic().unwrap_or_else(|error| Box::new(error.to_string()))
}

fn spawn<F>(shared: &Shared, spawn: Spawn, body: &dyn Fn() -> F) -> Main<F::Output>
where
    F: Future<Output: Verdict> + 'static,
{
    // Panics of the closure itself are the body's too.
    match catch_unwind(AssertUnwindSafe(body)) {
        Err(payload) => {
            // Before any task, so that none is taken for the body.
            shared.state().watch.body = u32::MAX;
            Main::Answered(Err(payload))
        }
        Ok(future) => {
            let handle = task::spawn_local_at(future, spawn);
            shared.state().watch.body = number(handle.id());
            Main::Runs(handle)
        }
    }
}

fn stopped(shared: &Shared, runtime: &LocalRuntime) -> Option<Failed> {
    let stop = shared.state().stopped.clone()?;
    let tasks = || super::report::waiting(&shared.state(), &runtime.handle().tasks());
    Some(match stop {
        Stop::Trouble => trouble(shared)?,
        Stop::Foreign => {
            let what = shared.state().suspects.join("; ");
            Failed::new(Kind::Nondeterminism, what)
        }
        Stop::Endless => Failed {
            tasks: tasks(),
            ..Failed::new(
                Kind::Endless,
                format!(
                    "no end after {} polls (see `Sim::max_polls`; time stands still as long as any task is ready)",
                    shared.rules.max_polls
                ),
            )
        },
        Stop::Deadlock => Failed { tasks: tasks(), ..Failed::new(Kind::Deadlock, DEADLOCK) },
    })
}

fn judge(answer: Answer, shared: &Shared) -> Option<Failed> {
    match answer {
        Ok(None) => None,
        Ok(Some(error)) => {
            let message = format!("the body answered Err({error})");
            Some(Failed { signature: error, ..Failed::new(Kind::Error, message) })
        }
        Err(payload) => {
            let message = match payload.downcast::<String>() {
                Ok(text) => *text,
                Err(payload) => {
                    let text = payload.downcast_ref::<&str>();
                    let text = text.map_or("(a panic payload that is no text)", |text| text).to_owned();
                    caught(|| drop(payload));
                    text
                }
            };
            let state = shared.state();
            let place = state.panics.iter().rfind(|panic| panic.message == message);
            let place = place.map_or_else(String::new, |panic| format!(" at {}", panic.location));
            let message = format!("the body panicked{place}: {message}");
            Some(Failed { signature: place, ..Failed::new(Kind::Panic, message) })
        }
    }
}

fn left_over(settings: &Settings, shared: &Shared, runtime: &LocalRuntime) -> Option<Failed> {
    if settings.leaks || runtime.handle().metrics().num_alive_tasks() == 0 {
        return None;
    }
    let alive = |task: &task::TaskInfo| !matches!(task.activity, Activity::Done(_));
    let left: Vec<_> = runtime.handle().tasks().into_iter().filter(alive).collect();
    let message = "the body is done, nothing is ready, and these tasks are left";
    let tasks = super::report::waiting(&shared.state(), &left);
    Some(Failed { tasks, ..Failed::new(Kind::Leak, message) })
}

fn trouble(shared: &Shared) -> Option<Failed> {
    let state = shared.state();
    let (first, place) = state.troubles.first().cloned()?;
    let message = if place.is_empty() { first } else { format!("{first} (at {place})") };
    Some(Failed { signature: place, ..Failed::new(Kind::Panic, message) })
}
