//! The programs. Each is small: under ThreadSanitizer everything takes ten times as long.

mod blocking;
mod channels;
mod crowds;
mod drops;
mod handed;
mod local;
mod scopes;
mod sets;
mod sleeps;
mod sockets;
mod timers;
mod turns;

use crate::flavour::{FLAVOURS, Flavour};
use crate::gate::Gate;
use airmail::runtime::Runtime;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// A program.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Flavour),
    /// How many of the flavours it is for, from the first on.
    flavours: usize,
}

impl Program {
    const fn new(name: &'static str, run: fn(&Flavour)) -> Program {
        Program { name, run, flavours: FLAVOURS.len() }
    }

    /// It makes its own kind of runtime.
    const fn once(name: &'static str, run: fn(&Flavour)) -> Program {
        Program { name, run, flavours: 1 }
    }

    pub(crate) fn flavours(&self) -> &'static [Flavour] {
        &FLAVOURS[..self.flavours]
    }
}

pub(crate) const ALL: &[Program] = &[
    Program::new("woken", handed::woken),
    Program::new("joined", handed::joined),
    Program::new("aborted", handed::aborted),
    Program::new("spawned", handed::spawned),
    Program::new("root", handed::root),
    Program::new("crowd", crowds::crowd),
    Program::new("channels", channels::channels),
    Program::new("dropped", drops::dropped),
    Program::new("elsewhere", drops::elsewhere),
    Program::new("sets", sets::sets),
    Program::new("scopes", scopes::stack),
    Program::new("scopes-lent", scopes::lent),
    Program::new("sleeps", sleeps::sleeps),
    Program::new("timers", timers::timers),
    Program::new("sockets", sockets::sockets),
    Program::new("blocking", blocking::blocking),
    Program::once("turns", turns::turns),
    Program::once("local", local::local),
    Program::once("local-dropped", local::dropped),
    Program::once("local-set", local::set),
];

/// Threads in `block_on`, until they are told to stop.
struct Driven {
    over: Arc<Gate>,
    threads: Vec<JoinHandle<()>>,
}

impl Driven {
    fn new(runtime: &Arc<Runtime>, flavour: &Flavour) -> Driven {
        let over = Arc::<Gate>::default();
        let drive = |_| {
            let (runtime, over) = (Arc::clone(runtime), Arc::clone(&over));
            thread::spawn(move || runtime.block_on(over.wait()))
        };
        let threads = (0..flavour.drivers).map(drive).collect();
        Driven { over, threads }
    }

    fn stop(self) {
        self.over.open();
        join(self.threads);
    }
}

/// What the threads answer.
fn join<T>(threads: impl IntoIterator<Item = JoinHandle<T>>) -> Vec<T> {
    threads.into_iter().map(|thread| thread.join().expect("no assertion failed")).collect()
}
