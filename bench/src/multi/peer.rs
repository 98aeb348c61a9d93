//! What a runtime with several workers must be able to do to take part, and who takes part.

use super::busy::Busy;
use super::question;
use super::questions::wake_latency;
use crate::count::Scenario;
use crate::peer::{self, Kind, Peer, Who};
use crate::peers;
use std::future::Future;

/// A runtime with workers, used as its own documentation shows. As a [`Peer`] it has one.
///
/// Its `block_on` runs the future as a task, on a worker.
///
/// A peer is one file in `peers/` and one line in [`all`].
pub(crate) trait Workers: Peer {
    /// How tables call it.
    const TITLE: &'static str;
    /// What it is asked, if that is not everything.
    const ONLY: Option<&'static [&'static str]> = None;
    /// Its workers use processor time while there is nothing to do: it must not exist while others have their turn.
    const SPINS: bool = false;

    /// What threads of the program spawn with.
    type Outside: Detach + Clone + Send + 'static;
    /// A runtime whose drop ends its tasks and its threads.
    type Ending: Detach;

    /// A runtime with default settings but for the number of workers. Unless there is none left of its kind: two at
    /// the same time may share their workers.
    fn with_workers(workers: usize) -> Self;

    fn outside(&self) -> Self::Outside;

    /// `None` if there is no such runtime of this kind.
    fn ending(workers: usize) -> Option<Self::Ending>;
}

/// Spawns from any thread.
pub(crate) trait Detach {
    /// A task that nobody waits for.
    fn detach<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static;
}

/// For peers without a runtime that ends.
pub(crate) enum Never {}

impl Detach for Never {
    fn detach<F>(&self, _: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        match *self {}
    }
}

/// Answers a load, given by its place in the list, with that many operations.
pub(crate) type Answer = Box<dyn FnMut(usize, u32)>;

/// Answers a probe, given by its place in the list: with so many workers, so many operations.
type ProbeAnswer = fn(usize, usize, u32) -> Option<question::Figures>;

/// Who could take part. Nothing runs until a runtime is made.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    from: &'static str,
    only: Option<&'static [&'static str]>,
    pub(crate) spins: bool,
    /// Makes a runtime with so many workers, to answer loads.
    pub(crate) make: fn(usize) -> Answer,
    /// Makes its own runtimes.
    pub(crate) probe: ProbeAnswer,
}

impl Contestant {
    /// Whether it is asked this.
    pub(crate) fn takes_part(&self, question: &str) -> bool {
        self.only.is_none_or(|only| only.contains(&question))
    }
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

const fn contestant<P: Workers>(kind: Kind) -> Contestant {
    Contestant {
        name: P::TITLE,
        kind,
        from: P::CRATE,
        only: P::ONLY,
        spins: P::SPINS,
        make: make::<P>,
        probe: |place, workers, operations| (question::probes::<P>()[place].ask)(workers, operations),
    }
}

fn make<P: Workers>(workers: usize) -> Answer {
    let mut peer = P::with_workers(workers);
    let loads = question::loads::<P>();
    Box::new(move |place, operations| (loads[place].run)(&mut peer, operations))
}

/// Everybody, in the order of the tables' rows.
pub(crate) fn all() -> Vec<Contestant> {
    use Kind::Peer;
    vec![
        contestant::<peers::airmail_multi::MultiThread>(Kind::Airmail),
        contestant::<peers::tokio_multi::MultiThread>(Peer),
        contestant::<peers::executor_multi::Executor>(Peer),
        contestant::<peers::executor_static_multi::StaticExecutor>(Peer),
        contestant::<peers::nio_multi::Runtime>(Peer),
        #[cfg(target_os = "linux")]
        contestant::<peers::spargio::Runtime>(Peer),
        Contestant {
            name: "floor",
            kind: Kind::Floor,
            from: "",
            only: Some(wake_latency::WakeLatency::ONLY),
            spins: false,
            make: |_| unreachable!("the floor is asked for one probe only"),
            probe: |_, workers, operations| Some(wake_latency::floor(workers, operations)),
        },
    ]
}

/// Those whose steps are counted beside [`peer::all`]: with one worker, and with two of which one is busy with
/// something else.
pub(crate) fn counted() -> Vec<peer::Contestant> {
    use Kind::Peer;
    vec![
        peer::contestant::<peers::airmail_multi::MultiThread>(Kind::Airmail),
        peer::contestant::<peers::executor_multi::Executor>(Peer),
        peer::contestant::<peers::executor_static_multi::StaticExecutor>(Peer),
        beside_busy::<peers::airmail_multi::MultiThread>("airmail multi-thread, 1 of 2 busy", Kind::Airmail),
        beside_busy::<peers::tokio_multi::MultiThread>("tokio multi-thread, 1 of 2 busy", Peer),
        beside_busy::<peers::executor_multi::Executor>("async-executor Executor, 1 of 2 busy", Peer),
    ]
}

/// One of two workers is watched while the other one is in a poll that lasts.
fn beside_busy<P: Workers>(name: &'static str, kind: Kind) -> peer::Contestant {
    let count = |scenario: Scenario, operations, mark| {
        let mut peer = P::with_workers(2);
        let busy = Busy::keep(&peer.outside(), 1);
        scenario.run(&mut peer, operations, mark);
        drop(busy);
    };
    peer::Contestant { name, count, ..peer::contestant::<P>(kind) }
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::multi::question;

    #[test]
    fn everybody_answers_every_load() {
        for contestant in all() {
            for (place, about) in question::about().iter().enumerate().take(question::about_loads().len()) {
                if contestant.takes_part(about.name) {
                    println!("{}: {}", contestant.name, about.name);
                    // The second time with another number of workers.
                    (contestant.make)(2)(place, 300);
                    (contestant.make)(1)(place, 300);
                }
            }
        }
    }

    #[test]
    fn everybody_answers_every_probe() {
        for contestant in all() {
            for (place, about) in question::about_probes().iter().enumerate() {
                if contestant.takes_part(about.name) {
                    println!("{}: {}", contestant.name, about.name);
                    if let Some(figures) = (contestant.probe)(place, 2, 20) {
                        assert!(figures.iter().all(|figure| figure.is_finite()), "{figures:?}");
                    }
                }
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
