//! What a runtime must be able to do to take part, and who takes part.

use crate::count::Scenario;
use crate::memory::idle::{self, Resident};
use crate::peers;
use crate::question;
use serde::{Deserialize, Serialize};
use std::future::Future;

/// A runtime that runs everything on one thread, used as its own documentation shows; with more workers, see
/// [`Workers`](crate::multi::peer::Workers).
///
/// A peer is one file in `peers/` and one line in [`all`].
pub(crate) trait Peer: 'static {
    /// How tables call it.
    const NAME: &'static str;
    /// The crate it comes from, whose version is told.
    const CRATE: &'static str;

    /// A runtime with default settings.
    fn new() -> Self;

    /// Runs a future to its end. It may spawn.
    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Spawns onto the runtime that is running on this thread. The answer panics if the task did.
    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Spawns a task that nobody waits for.
    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static;

    /// Lets the other tasks go first, in the runtime's own way if it has one.
    fn yield_now() -> impl Future<Output = ()> + Send {
        futures_lite::future::yield_now()
    }
}

/// Which of airmail, its peers, and the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Airmail,
    Peer,
    /// The least that any executor must do; no runtime.
    Floor,
}

/// Answers a question, given by its place in the list, with that many operations.
pub(crate) type Answer = Box<dyn FnMut(usize, u32)>;

/// Who could take part. Nothing runs until a runtime is made.
#[derive(Clone, Copy)]
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) from: &'static str,
    /// Makes the runtime.
    pub(crate) make: fn() -> Answer,
    /// Makes the runtime and fills it with that many idle tasks, of futures of that many bytes.
    pub(crate) idle: fn(usize, usize) -> Option<Resident>,
    /// Makes the runtime and does that many operations between two calls of a mark.
    pub(crate) count: fn(Scenario, u32, fn()),
}

/// Who somebody is.
pub(crate) trait Who {
    /// How tables call it, and `--only`.
    fn name(&self) -> &'static str;
    fn kind(&self) -> Kind;
    /// The crate it comes from.
    fn from(&self) -> &'static str;
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

pub(crate) const fn contestant<P: Peer>(kind: Kind) -> Contestant {
    Contestant {
        name: P::NAME,
        kind,
        from: P::CRATE,
        make: make::<P>,
        idle: idle::measure::<P>,
        count: |scenario, operations, mark| scenario.run(&mut P::new(), operations, mark),
    }
}

fn make<P: Peer>() -> Answer {
    let mut peer = P::new();
    let entries = question::all::<P>();
    Box::new(move |question, operations| (entries[question].run)(&mut peer, operations))
}

/// Everybody, in the order of the table's rows.
pub(crate) fn all() -> Vec<Contestant> {
    use Kind::{Airmail, Floor, Peer};
    vec![
        contestant::<peers::airmail_local::LocalRuntime>(Airmail),
        contestant::<peers::airmail_set::LocalSet>(Airmail),
        contestant::<peers::airmail_current::CurrentThread>(Airmail),
        contestant::<peers::tokio_current::CurrentThread>(Peer),
        contestant::<peers::tokio_set::LocalSet>(Peer),
        contestant::<peers::tokio_multi::MultiThread>(Peer),
        contestant::<peers::executor::Executor>(Peer),
        contestant::<peers::executor_static::StaticExecutor>(Peer),
        contestant::<peers::executor_local::LocalExecutor>(Peer),
        contestant::<peers::local_pool::LocalPool>(Peer),
        contestant::<peers::compio::Runtime>(Peer),
        contestant::<peers::nio::Runtime>(Peer),
        contestant::<peers::nio_local::LocalRuntime>(Peer),
        contestant::<peers::floor::Floor>(Floor),
    ]
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::question;

    #[test]
    fn everybody_answers_every_question() {
        for contestant in all() {
            // Also when it is made a second time on the same thread.
            drop((contestant.make)());
            let mut answer = (contestant.make)();
            for (place, question) in question::about().iter().enumerate() {
                println!("{}: {}", contestant.name, question.name);
                answer(place, 300);
                answer(place, 300);
            }
        }
    }

    #[test]
    fn names_differ() {
        let mut names: Vec<_> = all().iter().map(|contestant| contestant.name).collect();
        names.extend(question::about().iter().map(|question| question.name));
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }
}
