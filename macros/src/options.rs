//! The options between the attribute's brackets: which there are, and which go together.

use crate::problems::Problems;
use crate::values;
use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, LitBool, Path, Token};

/// Every option, as one writes it.
const ALL: [(&str, &str); 7] = [
    ("start_paused", "start_paused = true"),
    ("flavor", "flavor = \"current_thread\""),
    ("crate", "crate = \"airmail\""),
    ("seeds", "seeds = 100"),
    ("faults", "faults = Faults::legal()"),
    ("strategy", "strategy = .. (a `Strategy`)"),
    ("sim", "sim = |sim| .. (a `fn(Sim) -> Sim`)"),
];

/// What tokio has for its multi-thread runtime.
const NOT_YET: &str = "worker_threads";

pub(crate) struct Options {
    /// Where airmail is.
    pub(crate) airmail: Path,
    pub(crate) mode: Mode,
}

pub(crate) enum Mode {
    Runtime { start_paused: Option<LitBool> },
    Simulation(Box<Simulation>),
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

impl Parse for Given {
    fn parse(input: ParseStream<'_>) -> syn::Result<Given> {
        // `crate` is a keyword.
        let name = input.call(Ident::parse_any)?;
        let option = ALL.iter().find(|(known, _)| name == known);
        match option {
            Some((known, example)) if !input.peek(Token![=]) => {
                Err(syn::Error::new(name.span(), format!("`{known}` has no value: write `{example}`")))
            }
            // The name is wrong, and so may be what follows.
            None if !input.peek(Token![=]) => Err(syn::Error::new(name.span(), unknown(&name))),
            _ => {
                input.parse::<Token![=]>()?;
                Ok(Given { name, value: input.parse()? })
            }
        }
    }
}

/// Reads the options. What is wrong with them goes to `problems`; what is left of them is only good if that is
/// empty.
pub(crate) fn parse(tokens: TokenStream, problems: &mut Problems) -> Options {
    let list = Punctuated::<Given, Token![,]>::parse_terminated;
    let given = list.parse2(tokens).unwrap_or_else(|error| {
        problems.push(error);
        Punctuated::new()
    });
    let mut options = Named(Vec::new());
    for one in given {
        options.add(one, problems);
    }
    options.sort(problems)
}

/// The options that exist, each at most once.
struct Named(Vec<Given>);

impl Named {
    fn add(&mut self, given: Given, problems: &mut Problems) {
        let name = &given.name;
        if name == NOT_YET {
            problems.add(
                name,
                "`worker_threads` is for the multi-thread runtime, which airmail does not have yet; remove it: the \
                 test runs on one thread",
            );
        } else if ALL.iter().all(|(known, _)| name != known) {
            problems.add(name, unknown(name));
        } else if self.0.iter().any(|before| before.name == *name) {
            problems.add(name, format!("`{name}` is given twice; remove one"));
        } else {
            self.0.push(given);
        }
    }

    fn take(&mut self, name: &str) -> Option<Given> {
        let at = self.0.iter().position(|given| given.name == name)?;
        Some(self.0.swap_remove(at))
    }

    fn value(&mut self, name: &str) -> Option<Expr> {
        self.take(name).map(|given| given.value)
    }

    /// Each option to its place.
    fn sort(mut self, problems: &mut Problems) -> Options {
        let airmail = values::path(self.value("crate").as_ref(), problems);
        let Some(seeds) = self.value("seeds") else {
            for name in ["faults", "strategy", "sim"] {
                if let Some(given) = self.take(name) {
                    let name = given.name;
                    problems.add(
                        &name,
                        format!("`{name}` is for a simulation: add `seeds = 100`, how often it runs"),
                    );
                }
            }
            values::flavor(self.value("flavor").as_ref(), problems);
            let start_paused = values::switch(self.value("start_paused"), problems);
            return Options { airmail, mode: Mode::Runtime { start_paused } };
        };
        if let Some(given) = self.take("start_paused") {
            problems.add(
                given.name,
                "in a simulation time is always virtual; remove `start_paused`, or `seeds` for one run on a real \
                 runtime",
            );
        }
        if let Some(given) = self.take("flavor") {
            problems.add(
                given.name,
                "a simulation has a runtime of its own; remove `flavor`, or `seeds` for one run on a real runtime",
            );
        }
        let simulation = Simulation {
            seeds: values::seeds(seeds, problems),
            faults: self.value("faults"),
            strategy: self.value("strategy"),
            change: self.value("sim"),
        };
        Options { airmail, mode: Mode::Simulation(Box::new(simulation)) }
    }
}

/// The complaint about a name that is no option's: the nearest that is one, or all.
fn unknown(name: &Ident) -> String {
    if name == NOT_YET {
        return format!("`{name}` has no value, and needs none: the test runs on one thread; remove it");
    }
    let written = name.unraw().to_string();
    let nearest = ALL.iter().map(|(known, _)| (distance(&written, known), *known)).min();
    let hint = match nearest {
        Some((changes, known)) if changes <= 2 => format!("; did you mean `{known}`?"),
        _ => String::new(),
    };
    let names: Vec<_> = ALL.iter().map(|(known, _)| format!("`{known}`")).collect();
    format!("no option is called `{written}`{hint} (there are {})", names.join(", "))
}

/// How many letters have to be put in, taken out or changed to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
