//! What is asked: the same future code for every runtime.

use crate::peer::Peer;
use crate::peers;
use crate::questions;
use std::future::Future;

/// One kind of work.
///
/// A question is one file in `questions/` and one line in [`all`].
pub(crate) trait Question: 'static {
    /// How tables call it, and `--only`.
    const NAME: &'static str;
    /// What one operation is.
    const WHAT: &'static str;
    /// How many operations one round has.
    const ROUND: u32;

    /// Does `operations` operations on the runtime that polls this.
    fn run<P: Peer>(operations: u32) -> impl Future<Output = ()> + Send + 'static;
}

/// What is known of a question without a runtime to answer it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// How many operations one round has.
    pub(crate) round: u32,
}

/// A question, as one kind of runtime answers it.
pub(crate) struct Entry<P> {
    pub(crate) about: About,
    /// Does that many operations.
    pub(crate) run: fn(&mut P, u32),
}

fn entry<P: Peer, Q: Question>() -> Entry<P> {
    let about = About { name: Q::NAME, what: Q::WHAT, round: Q::ROUND };
    Entry { about, run: |peer, operations| peer.block_on(Q::run::<P>(operations)) }
}

/// Every question, in the order of the table's columns.
pub(crate) fn all<P: Peer>() -> Vec<Entry<P>> {
    vec![
        entry::<P, questions::spawn_join::SpawnJoin>(),
        entry::<P, questions::batch::Batch>(),
        entry::<P, questions::detached::Detached>(),
        entry::<P, questions::yields::Yields>(),
        entry::<P, questions::self_wake::SelfWake>(),
        entry::<P, questions::ping_pong::PingPong>(),
        entry::<P, questions::skynet::Skynet>(),
        entry::<P, questions::mpsc::Mpsc>(),
    ]
}

/// What the questions are. Everybody is asked the same, so it does not matter whose list this is.
pub(crate) fn about() -> Vec<About> {
    all::<peers::floor::Floor>().iter().map(|entry| entry.about).collect()
}
