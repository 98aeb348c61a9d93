//! What runtimes with several workers are asked.

use super::peer::Workers;
use super::questions as multi;
use crate::peers::tokio_multi::MultiThread;
use crate::question::{About, Question};
use crate::questions;
use crate::race::Better;

/// Work whose time, and processor time, is taken from without.
///
/// A load is one file in `multi/questions/`, or a [`Question`], and one line in [`loads`].
pub(crate) trait Load: 'static {
    /// How tables call it, and `--only`.
    const NAME: &'static str;
    /// What one operation is.
    const WHAT: &'static str;
    /// How many operations one round has.
    const ROUND: u32;

    /// Does so many operations, and returns when they are done.
    fn run<P: Workers>(peer: &mut P, operations: u32);
}

/// On one thread or on several: a question is asked of a task that runs on a worker.
impl<Q: Question> Load for Q {
    const NAME: &'static str = Q::NAME;
    const WHAT: &'static str = Q::WHAT;
    const ROUND: u32 = Q::ROUND;

    fn run<P: Workers>(peer: &mut P, operations: u32) {
        peer.block_on(Q::run::<P>(operations));
    }
}

/// Something that takes its own figures, with runtimes that it makes itself.
///
/// A probe is one file in `multi/questions/` and one line in [`probes`].
pub(crate) trait Probe: 'static {
    /// For `--only`.
    const NAME: &'static str;
    /// How many operations one round has.
    const ROUND: u32;
    /// What each of its figures is.
    const FIGURES: &'static [Figure];

    /// `None` if this kind of runtime cannot do it.
    fn ask<P: Workers>(workers: usize, operations: u32) -> Option<Figures>;
}

/// One figure of a probe: a column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    /// How tables call it.
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) unit: Unit,
    pub(crate) better: Better,
}

/// In the order of its [`Figure`]s.
pub(crate) type Figures = Vec<f64>;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    Microseconds,
    Milliseconds,
    /// A number of things, or of times.
    Number,
}

/// A load, as one kind of runtime answers it.
pub(crate) struct LoadEntry<P> {
    pub(crate) about: About,
    pub(crate) run: fn(&mut P, u32),
}

/// A probe, as one kind of runtime answers it.
pub(crate) struct ProbeEntry {
    pub(crate) about: About,
    pub(crate) figures: &'static [Figure],
    pub(crate) ask: fn(usize, u32) -> Option<Figures>,
}

fn load<P: Workers, L: Load>() -> LoadEntry<P> {
    LoadEntry { about: About { name: L::NAME, what: L::WHAT, round: L::ROUND }, run: L::run::<P> }
}

fn probe<P: Workers, Q: Probe>() -> ProbeEntry {
    let about = About { name: Q::NAME, what: Q::FIGURES[0].what, round: Q::ROUND };
    ProbeEntry { about, figures: Q::FIGURES, ask: Q::ask::<P> }
}

/// Every load, in the order of the tables' columns.
pub(crate) fn loads<P: Workers>() -> Vec<LoadEntry<P>> {
    vec![
        load::<P, questions::spawn_join::SpawnJoin>(),
        load::<P, questions::batch::Batch>(),
        load::<P, questions::detached::Detached>(),
        load::<P, questions::yields::Yields>(),
        load::<P, questions::self_wake::SelfWake>(),
        load::<P, questions::ping_pong::PingPong>(),
        load::<P, questions::skynet::Skynet>(),
        load::<P, questions::mpsc::Mpsc>(),
        load::<P, multi::chained::Chained>(),
        load::<P, multi::outside::Outside<1>>(),
        load::<P, multi::outside::Outside<2>>(),
        load::<P, multi::outside::Outside<8>>(),
        load::<P, multi::pieces::Pieces>(),
        load::<P, multi::two_tasks::TwoTasks>(),
        load::<P, multi::pipeline::Pipeline>(),
        load::<P, multi::join::Join<10>>(),
        load::<P, multi::join::Join<100>>(),
        load::<P, multi::join::Join<1_000>>(),
        load::<P, multi::join::Join<10_000>>(),
        load::<P, multi::join::Join<100_000>>(),
    ]
}

/// Every probe, in the order of the tables' columns.
pub(crate) fn probes<P: Workers>() -> Vec<ProbeEntry> {
    vec![
        probe::<P, multi::idle_wake::IdleWake>(),
        probe::<P, multi::children::Children>(),
        probe::<P, multi::wake_latency::WakeLatency>(),
        probe::<P, multi::built::Built>(),
        probe::<P, multi::shutdown::Shutdown>(),
        probe::<P, multi::speed_up::SpeedUp>(),
        probe::<P, multi::fairness::Fairness>(),
    ]
}

/// What the loads are. Everybody is asked the same, so it does not matter whose list this is.
pub(crate) fn about_loads() -> Vec<About> {
    loads::<MultiThread>().iter().map(|entry| entry.about).collect()
}

pub(crate) fn about_probes() -> Vec<About> {
    probes::<MultiThread>().iter().map(|entry| entry.about).collect()
}

/// What the figures of the probe at this place are.
pub(crate) fn figures(place: usize) -> &'static [Figure] {
    probes::<MultiThread>()[place].figures
}

/// The loads, and then the probes.
pub(crate) fn about() -> Vec<About> {
    [about_loads(), about_probes()].concat()
}
