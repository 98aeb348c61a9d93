//! Whose timers are compared.

mod airmail;
mod smol;
mod tokio;

use super::questions::{Figures, QUESTIONS, ask};
use crate::peer::{Kind, Who};
use std::future::Future;
use std::time::Duration;

/// How many workers those have that have several.
const WORKERS: usize = 2;

/// A runtime and its timers, used as its documentation shows.
///
/// A clock is in one file in `clocks/` and has one line in [`all`].
pub(super) trait Clock: Sized + 'static {
    /// How tables call it.
    const NAME: &'static str;
    /// The crate it comes from, whose version is told.
    const CRATE: &'static str;
    type Sleep: Future + Send + 'static;

    fn new() -> Self;

    /// Runs a future as a task, on a worker.
    fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T;

    /// A task of the runtime that is running.
    fn spawn<T: Send + 'static>(
        future: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = T> + Send;

    fn sleep(time: Duration) -> Self::Sleep;

    /// Whether it was in time.
    fn timeout(time: Duration, future: impl Future + Send) -> impl Future<Output = bool> + Send;
}

/// Answers a question, given by its place in the list.
pub(super) type Answer = Box<dyn FnMut(usize) -> Figures>;

/// Who could take part. Nothing runs until a runtime is made.
#[derive(Clone, Copy)]
pub(super) struct Contestant {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    from: &'static str,
    pub(super) make: fn() -> Answer,
}

impl Who for Contestant {
    fn name(&self) -> &'static str {
        self.name
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn from(&self) -> &'static str {
        self.from
    }
}

const fn contestant<C: Clock>(kind: Kind) -> Contestant {
    Contestant {
        name: C::NAME,
        kind,
        from: C::CRATE,
        make: || {
            let clock = C::new();
            Box::new(move |place| ask(&clock, QUESTIONS[place]))
        },
    }
}

/// Everybody, in the order of the tables' rows.
pub(super) fn all() -> Vec<Contestant> {
    vec![
        contestant::<airmail::MultiThread>(Kind::Airmail),
        contestant::<tokio::MultiThread>(Kind::Peer),
        contestant::<smol::Smol>(Kind::Peer),
        contestant::<airmail::CurrentThread>(Kind::Airmail),
        contestant::<tokio::CurrentThread>(Kind::Peer),
    ]
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::timers::questions::{QUESTIONS, Question};

    #[test]
    fn everybody_answers_everything_and_nobody_of_airmail_is_early() {
        for contestant in all() {
            let mut answer = (contestant.make)();
            for (place, question) in QUESTIONS.iter().enumerate() {
                // A million takes too long in a debug build; it is arming and cancelling as well.
                if *question == Question::Million {
                    continue;
                }
                let figures = answer(place);
                println!("{}: {question:?}: {figures:?}", contestant.name);
                assert!(figures.all.iter().take(3).any(|figure| figure.is_finite()));
                assert_eq!(figures.early, 0, "{}: {question:?}", contestant.name);
            }
        }
    }
}
