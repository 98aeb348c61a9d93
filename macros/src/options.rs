//! The options between the attribute's brackets: which there are, and which go together.

use crate::kind::{Flavor, Kind};
use crate::problems::Problems;
use crate::values;
use proc_macro2::{Ident, TokenStream};
use std::time::Duration;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, LitBool, Path, Token};

pub(crate) struct Options {
    /// Where airmail is.
    pub(crate) airmail: Path,
    pub(crate) mode: Mode,
}

pub(crate) enum Mode {
    Runtime(Runtime),
    Simulation(Box<Simulation>),
}

pub(crate) struct Runtime {
    pub(crate) flavor: Flavor,
    pub(crate) workers: Option<Expr>,
    pub(crate) start_paused: Option<LitBool>,
    /// For how long its end may take.
    pub(crate) grace: Option<Duration>,
}

pub(crate) struct Simulation {
    pub(crate) seeds: Expr,
    pub(crate) faults: Option<Expr>,
    pub(crate) strategy: Option<Expr>,
    /// The option `sim`.
    pub(crate) change: Option<Expr>,
}

/// `name = value`, as it was written.
struct Given {
    name: Ident,
    value: Expr,
}

impl Given {
    fn parse(input: ParseStream<'_>, kind: Kind) -> syn::Result<Given> {
        // `crate` is a keyword.
        let name = input.call(Ident::parse_any)?;
        if !input.peek(Token![=]) {
            // Where the name is wrong, so may be what follows.
            let no_value = |example| format!("`{name}` has no value: write `{example}`");
            let message = kind.option(&name).map_or_else(|unknown| unknown, no_value);
            return Err(syn::Error::new(name.span(), message));
        }
        input.parse::<Token![=]>()?;
        Ok(Given { name, value: input.parse()? })
    }

    fn parse_all(input: ParseStream<'_>, kind: Kind) -> syn::Result<Vec<Given>> {
        let mut all = Vec::new();
        while !input.is_empty() {
            all.push(Given::parse(input, kind)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(all)
    }
}

/// Reads the options. What is wrong with them goes to `problems`; what is left of them is only good if that is
/// empty.
pub(crate) fn parse(tokens: TokenStream, kind: Kind, problems: &mut Problems) -> Options {
    let all = |input: ParseStream<'_>| Given::parse_all(input, kind);
    let given = all.parse2(tokens).unwrap_or_else(|error| {
        problems.push(error);
        Vec::new()
    });
    let mut options = Named { kind, given: Vec::new() };
    for one in given {
        options.add(one, problems);
    }
    options.sort(problems)
}

/// The options that exist, each at most once.
struct Named {
    kind: Kind,
    given: Vec<Given>,
}

impl Named {
    fn add(&mut self, given: Given, problems: &mut Problems) {
        let name = &given.name;
        if let Err(unknown) = self.kind.option(name) {
            problems.add(name, unknown);
        } else if self.given.iter().any(|before| before.name == *name) {
            problems.add(name, format!("`{name}` is given twice; remove one"));
        } else {
            self.given.push(given);
        }
    }

    fn take(&mut self, name: &str) -> Option<Given> {
        let at = self.given.iter().position(|given| given.name == name)?;
        Some(self.given.swap_remove(at))
    }

    fn value(&mut self, name: &str) -> Option<Expr> {
        self.take(name).map(|given| given.value)
    }

    /// Each option to its place.
    fn sort(mut self, problems: &mut Problems) -> Options {
        let airmail = values::path(self.value("crate").as_ref(), problems);
        let mode = match self.value("seeds") {
            Some(seeds) => Mode::Simulation(Box::new(self.simulation(seeds, problems))),
            None => Mode::Runtime(self.runtime(problems)),
        };
        Options { airmail, mode }
    }

    fn runtime(&mut self, problems: &mut Problems) -> Runtime {
        for name in ["faults", "strategy", "sim"] {
            if let Some(Given { name, .. }) = self.take(name) {
                problems.add(
                    &name,
                    format!("`{name}` is for a simulation: add `seeds = 100`, how often it runs"),
                );
            }
        }
        let flavor = match self.value("flavor") {
            Some(value) => values::flavor(&value, self.kind, problems),
            None => Some(self.kind.flavor()),
        };
        let workers = self.take("worker_threads");
        let paused = self.take("start_paused");
        let grace = self.take("grace");
        if let (Some(Given { name, .. }), Some(Flavor::Local)) = (&grace, flavor) {
            problems.add(
                name,
                "a local runtime has nobody to wait for: its tasks are cancelled on its own thread; remove `grace`, or \
                 write `flavor = \"current_thread\"`",
            );
        }
        // Nothing is said of what goes with a flavor that is not known.
        if let (Some(Given { name, .. }), Some(Flavor::CurrentThread | Flavor::Local)) = (&workers, flavor) {
            problems.add(
                name,
                "only the multi-thread runtime has workers; write `flavor = \"multi_thread\"`, or remove \
                 `worker_threads`",
            );
        }
        if let (Some(Given { name, .. }), Some(Flavor::MultiThread)) = (&paused, flavor) {
            problems.add(
                name,
                "a clock that stands still jumps when nothing else is to be done, which one thread knows of itself, \
                 and several do not; remove `start_paused`, or write `flavor = \"current_thread\"`",
            );
        }
        Runtime {
            flavor: flavor.unwrap_or(self.kind.flavor()),
            workers: workers.map(|given| values::workers(given.value, problems)),
            start_paused: values::switch(paused.map(|given| given.value), problems),
            grace: grace.and_then(|given| values::duration(&given.value, problems)),
        }
    }

    fn simulation(&mut self, seeds: Expr, problems: &mut Problems) -> Simulation {
        let real = "or `seeds` for one run on a real runtime";
        let alone = "a simulation runs all tasks on one thread: with several, a seed would not decide what happens, \
                     and no failure could be repeated";
        if let Some(Given { name, .. }) = self.take("start_paused") {
            problems
                .add(name, format!("in a simulation time is always virtual; remove `start_paused`, {real}"));
        }
        if let Some(Given { name, value }) = self.take("flavor") {
            let why =
                if values::is_multi_thread(&value) { alone } else { "a simulation has a runtime of its own" };
            problems.add(name, format!("{why}; remove `flavor`, {real}"));
        }
        if let Some(Given { name, .. }) = self.take("worker_threads") {
            problems.add(name, format!("{alone}; remove `worker_threads`, {real}"));
        }
        Simulation {
            seeds: values::seeds(seeds, problems),
            faults: self.value("faults"),
            strategy: self.value("strategy"),
            change: self.value("sim"),
        }
    }
}
