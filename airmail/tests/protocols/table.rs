//! The programs, and what finds their bugs.

use crate::world::Fault::{self, Dropped, FreshWakers, LateWakes, Reorder, Spurious};
use crate::world::Symptom::{self, Deadlock, Panic};
use crate::world::{Bug, World};
use std::pin::Pin;

/// A sample program, written once for every runtime, right or with a bug planted.
pub(crate) struct Program<W> {
    pub(crate) name: &'static str,
    /// The kind of bug.
    pub(crate) bug: &'static str,
    /// The faults that it takes to see it; without any, another order of the polls is enough.
    pub(crate) needs: &'static [Fault],
    /// What the mended program bears, of all faults.
    pub(crate) bears: &'static [Fault],
    pub(crate) shows: Symptom,
    /// It is found within so many seeds.
    pub(crate) seeds: u64,
    pub(crate) run: fn(W, Bug) -> Running,
}

/// A program that runs.
pub(crate) type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Of programs that count on all of their tasks.
const ALL_BUT_DROPPED: &[Fault] = &[Spurious, FreshWakers, LateWakes, Reorder];
const ALL: &[Fault] = &[Spurious, FreshWakers, LateWakes, Reorder, Dropped];

/// The table for programs that run in the world `W`.
pub(crate) struct Table<W>(std::marker::PhantomData<W>);

/// `program!(module, kind of bug, needs, bears, shows, seeds)`.
macro_rules! program {
    ($module:ident, $bug:literal, $needs:expr, $bears:expr, $shows:expr, $seeds:literal) => {
        Program {
            name: stringify!($module),
            bug: $bug,
            needs: &$needs,
            bears: $bears,
            shows: $shows,
            seeds: $seeds,
            run: |world, bug| Box::pin(crate::$module::program(world, bug)),
        }
    };
}

impl<W: World> Table<W> {
    #[rustfmt::skip]
    pub(crate) const PROGRAMS: &[Program<W>] = &[
        program!(pool, "lost wake", [], ALL, Deadlock, 100),
        program!(limiter, "double use of a permit", [], ALL, Panic("2 calls at once"), 100),
        program!(bank, "locks in opposite order", [], ALL, Deadlock, 100),
        program!(shutdown, "missed cancellation", [], ALL, Deadlock, 120),
        program!(handshake, "a future that keeps its first waker", [FreshWakers], ALL_BUT_DROPPED, Deadlock, 30),
        program!(cache, "check, then act, across an await", [], ALL, Panic("is fetched twice"), 20),
        program!(frames, "a message lost in a cancelled branch", [], ALL_BUT_DROPPED, Panic("frames are lost"), 120),
        program!(write_behind, "a spurious poll taken for the event", [Spurious], ALL_BUT_DROPPED, Panic("is flushed, and"), 40),
        program!(claim, "a lock held by a dropped task", [Dropped], ALL, Deadlock, 100),
        program!(pipeline, "tasks end in the order of their spawns", [], ALL, Panic("has the answer of another one"), 20),
        program!(retry, "applied twice", [LateWakes], ALL_BUT_DROPPED, Panic("the balance after three deposits"), 30),
        program!(deadline, "a permit lost in a timeout", [], ALL, Deadlock, 60),
        program!(barrier, "a barrier used again too early", [], ALL_BUT_DROPPED, Deadlock, 10),
    ];
}
