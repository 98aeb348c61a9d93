//! Plays one case from spawn to the end of its runtime, and compares with what was to be expected.

use crate::case::{Case, Gone, Handle, Joiner, Shape, When};
use crate::expect::{self, Ending, IN_OUTPUT, IN_POLL, NO_TEXT};
use crate::letter::{Desk, Foreign, Heard, Large, Letter, Output, lock, text_of};
use crate::subject::Subject;
use airmail::task::{AbortHandle, JoinError, JoinHandle};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// A thread that uses wakers from outside, one at a time.
pub(crate) struct Outsider {
    wakers: Sender<Waker>,
    done: Receiver<()>,
}

impl Outsider {
    pub(crate) fn start() -> Outsider {
        let (wakers, theirs) = channel::<Waker>();
        let (tell, done) = channel();
        std::thread::spawn(move || {
            for waker in theirs {
                waker.wake();
                if tell.send(()).is_err() {
                    return;
                }
            }
        });
        Outsider { wakers, done }
    }

    /// Wakes there, and waits until it has happened.
    fn wake(&self, waker: Waker) {
        self.wakers.send(waker).expect("the thread lives");
        self.done.recv().expect("wakers do not panic here");
    }
}

/// A task that lends its waker to whoever polls the handle, and counts how often it is polled.
#[derive(Default)]
struct Neighbour {
    polls: AtomicU32,
    over: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Neighbour {
    fn spawn(subject: &Subject) -> Arc<Neighbour> {
        let neighbour = Arc::<Neighbour>::default();
        let own = Arc::clone(&neighbour);
        drop(subject.spawn(poll_fn(move |cx| {
            own.polls.fetch_add(1, Relaxed);
            *lock(&own.waker) = Some(cx.waker().clone());
            if own.over.load(Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        })));
        neighbour
    }

    fn waker(&self) -> Waker {
        lock(&self.waker).clone().expect("polled once")
    }
}

/// One case while it is played.
struct Play<'a> {
    case: Case,
    desk: Arc<Desk>,
    aborter: AbortHandle,
    site: &'static Location<'static>,
    neighbour: Arc<Neighbour>,
    foreign: Option<Arc<Foreign>>,
    outsider: &'a Outsider,
    complaints: Vec<String>,
}

/// Plays a case. What was not as expected, if anything.
pub(crate) fn play(case: Case, outsider: &Outsider) -> Vec<String> {
    let desk = Desk::new(case);
    let log = Arc::clone(&desk);
    let subject = Subject::new(case, move |report| {
        lock(&log.heard).push(Heard {
            trouble: report.trouble,
            id: report.task.id,
            name: report.task.name,
            location: report.task.location,
            message: report.message.to_owned(),
        });
    });
    let neighbour = Neighbour::spawn(&subject);
    subject.drive_until(|| neighbour.polls.load(Relaxed) == 1);
    let letter = Letter::new(&desk);
    let (handle, site) = if case.boxed { subject.spawn(Large::new(letter)) } else { subject.spawn(letter) };
    let aborter = handle.abort_handle();
    *lock(&desk.handle) = Some(handle);
    *lock(&desk.aborter) = Some(aborter);
    let foreign = match case.joiner {
        Joiner::Foreign | Joiner::ForeignPanics => {
            Some(Foreign::new(&desk, case.joiner == Joiner::ForeignPanics))
        }
        Joiner::Nobody | Joiner::Task => None,
    };
    let complaints = Vec::new();
    let mut play = Play { case, desk, aborter, site, neighbour, foreign, outsider, complaints };
    play.life(subject);
    play.after_runtime();
    play.compare();
    play.complaints
}

impl Play<'_> {
    #[track_caller]
    fn check(&mut self, right: bool, wrong: impl FnOnce() -> String) {
        if !right {
            self.complaints.push(format!("{} (line {})", wrong(), Location::caller().line()));
        }
    }

    #[track_caller]
    #[allow(clippy::needless_pass_by_value, reason = "most callers have values")]
    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, is: T, should: T) {
        let right = is == should;
        self.check(right, || format!("{what}: {is:?}, expected {should:?}"));
    }

    /// From the spawn to the end of the runtime.
    fn life(&mut self, mut subject: Subject) {
        subject.inside(|| self.register());
        self.at(&subject, When::BeforeFirstPoll, Handle::DroppedBeforeFirstPoll);
        if self.case.gone == Gone::BeforeFirstPoll {
            return self.end(subject);
        }
        if self.case.shape != Shape::AnswersAtOnce {
            subject.drive_until(|| self.desk.polls.load(Relaxed) > 0 || self.aborter.is_finished());
        }
        self.at(&subject, When::BetweenPolls, Handle::DroppedBetweenPolls);
        if self.case.gone == Gone::BetweenPolls {
            return self.end(subject);
        }
        self.desk.let_go.store(true, Relaxed);
        // Aborted in its poll, it ends without another wake-up; aborted between two, it gets both.
        if self.case.shape == Shape::Waits
            && self.case.abort_at(When::InPoll).is_none()
            && let Some(waker) = lock(&self.desk.waker).take()
        {
            self.outsider.wake(waker);
        }
        let woken = u32::from(expect::joined_at_end(self.case) && self.case.joiner == Joiner::Task);
        let joiner_polled = || self.neighbour.polls.load(Relaxed) > woken;
        subject.drive_until(|| self.aborter.is_finished() && joiner_polled());
        self.check(self.aborter.is_finished(), || "the task has not ended".to_owned());
        let ended = lock(&self.desk.handle).as_ref().is_none_or(JoinHandle::is_finished);
        self.check(ended, || "the handle says that the task has not ended".to_owned());
        self.at(&subject, When::AfterEnd, Handle::DroppedAfterEnd);
        if self.case.handle == Handle::Awaited {
            subject.inside(|| self.take_outcome());
        }
        self.neighbour.over.store(true, Relaxed);
        self.neighbour.waker().wake();
        subject.drive_until(|| Arc::strong_count(&self.neighbour) == 1);
        let alive = subject.alive();
        self.same("tasks alive", alive, 0);
        self.end(subject);
    }

    /// Polls the handle with the joiner's waker.
    fn register(&mut self) {
        let waker = match (&self.foreign, self.case.joiner) {
            (Some(foreign), _) => Waker::from(Arc::clone(foreign)),
            (None, Joiner::Task) => self.neighbour.waker(),
            (None, _) => return,
        };
        let poll = self.poll_handle(&mut Context::from_waker(&waker)).is_pending();
        self.check(poll, || "the handle was ready before the task was polled".to_owned());
        let finished = self.aborter.is_finished();
        self.check(!finished, || "the task had ended before it was polled".to_owned());
    }

    fn poll_handle(&self, cx: &mut Context<'_>) -> Poll<Result<Output, JoinError>> {
        let mut handle = lock(&self.desk.handle).take().expect("not dropped before it is polled");
        let poll = Pin::new(&mut handle).poll(cx);
        if poll.is_pending() {
            *lock(&self.desk.handle) = Some(handle);
        }
        poll
    }

    /// What happens at one point: first the abort, then the drop of the handle.
    fn at(&mut self, subject: &Subject, when: When, drops: Handle) {
        if let Some(by) = self.case.abort_at(when) {
            subject.inside(|| self.desk.abort(by));
        }
        if self.case.handle == drops {
            subject.inside(|| self.drop_handle());
        }
    }

    fn drop_handle(&self) {
        let handle = lock(&self.desk.handle).take();
        drop(handle.expect("dropped once"));
    }

    /// The runtime goes. Nothing may unwind out of that.
    fn end(&mut self, subject: Subject) {
        let gone = catch_unwind(AssertUnwindSafe(|| subject.end()));
        self.check(gone.is_ok(), || "the runtime's drop panicked".to_owned());
    }

    /// Takes the outcome from the handle and checks every bit of it.
    fn take_outcome(&mut self) {
        let Poll::Ready(outcome) = self.poll_handle(&mut Context::from_waker(Waker::noop())) else {
            return self.complaints.push("the handle waits although the task has ended".to_owned());
        };
        match (expect::ending(self.case), outcome) {
            (Ending::Answered, Ok(output)) => {
                let (made, dropped) = self.desk.outputs.both();
                self.same("outputs made and dropped when one was delivered", (made, dropped), (1, 0));
                let thrown = catch_unwind(AssertUnwindSafe(|| drop(output))).err();
                self.same("the output's drop panicked", thrown.is_some(), self.case.output_panics);
                self.discard(thrown, IN_OUTPUT);
            }
            (Ending::Panicked, Err(error)) if error.is_panic() => self.check_panic(error),
            (Ending::Cancelled, Err(error)) if error.is_cancelled() => {
                let text = format!("task {} (spawned at {}) was cancelled", self.aborter.id(), self.site);
                self.same("the error", error.to_string(), text);
            }
            (ending, Ok(_)) => self.complaints.push(format!("the handle gave an output, not {ending:?}")),
            (ending, Err(error)) => self.complaints.push(format!("the handle said {error}, not {ending:?}")),
        }
    }

    fn check_panic(&mut self, error: JoinError) {
        let text = if self.case.payload_panics { NO_TEXT } else { IN_POLL };
        let says = format!("task {} (spawned at {}) panicked: {text}", self.aborter.id(), self.site);
        self.same("the error", error.to_string(), says);
        self.same("the error's place", error.spawned_at().to_string(), self.site.to_string());
        self.same("the error's id", error.id(), self.aborter.id());
        self.discard(Some(error.into_panic()), IN_POLL);
    }

    /// Checks a payload and drops it; its drop panics if the case says so.
    fn discard(&mut self, payload: Option<Box<dyn std::any::Any + Send>>, text: &str) {
        let Some(payload) = payload else { return };
        let text = if self.case.payload_panics { NO_TEXT } else { text };
        self.same("what was thrown", text_of(&*payload).as_str(), text);
        let second = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        self.same("the payload's drop panicked", second.is_err(), self.case.payload_panics);
    }

    /// Everything that may come when the runtime is gone.
    fn after_runtime(&mut self) {
        match self.case.handle {
            Handle::AwaitedAfterRuntime => self.take_outcome(),
            Handle::DroppedAfterRuntime => self.drop_handle(),
            _ => {}
        }
        // All of these come too late to change anything.
        self.aborter.abort();
        self.check(self.aborter.is_finished(), || "finished, and then not".to_owned());
        if let Some(waker) = lock(&self.desk.waker).take() {
            waker.wake_by_ref();
            #[allow(clippy::waker_clone_wake, reason = "a wake by value is what is tried")]
            waker.clone().wake();
        }
        if let Some(waker) = lock(&self.neighbour.waker).take() {
            waker.wake();
        }
    }

    /// Compares what happened with what should have.
    fn compare(&mut self) {
        let case = self.case;
        let desk = Arc::clone(&self.desk);
        let (least, most) = expect::polls(case);
        let polls = desk.polls.load(Relaxed);
        self.check((least..=most).contains(&polls), || format!("{polls} polls, expected {least} to {most}"));
        self.same("futures made and dropped", desk.futures.both(), (1, 1));
        let outputs = u32::from(expect::ending(case) == Ending::Answered);
        self.same("outputs made and dropped", desk.outputs.both(), (outputs, outputs));
        let (made, dropped) = desk.payloads.both();
        self.same("payloads made and dropped", dropped, made);
        self.same("payloads were made", made > 0, case.payload_panics);
        let joined = expect::joined_at_end(case);
        let foreign = u32::from(joined && self.foreign.is_some());
        self.same("wakes of the foreign joiner", desk.foreign_wakes.load(Relaxed), foreign);
        if case.gone == Gone::AfterEnd {
            let woken = u32::from(joined && case.joiner == Joiner::Task);
            self.same("polls of the joiner", self.neighbour.polls.load(Relaxed), 2 + woken);
        }
        if let Some(foreign) = self.foreign.take() {
            self.same("owners of the foreign waker", Arc::strong_count(&foreign), 1);
        }
        self.same("owners of the joiner", Arc::strong_count(&self.neighbour), 1);
        self.compare_heard(&lock(&desk.heard));
        lock(&desk.heard).clear();
        // Mine and the play's: futures, outputs, payloads, wakers and the hook are gone.
        self.same("owners of what the case shares", Arc::strong_count(&desk), 2);
    }

    fn compare_heard(&mut self, heard: &[Heard]) {
        let Some(expected) = expect::troubles(self.case) else { return };
        let told: Vec<_> = heard.iter().map(|heard| (heard.trouble, heard.message.as_str())).collect();
        self.same("what the hook heard", told, expected);
        for heard in heard {
            self.same("the report's id", heard.id, self.aborter.id());
            self.same("the report's name", heard.name, None);
            self.same("the report's place", heard.location.to_string(), self.site.to_string());
        }
    }
}
