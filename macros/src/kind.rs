//! The two attributes, and what differs between them but for what they become.

use proc_macro2::Ident;
use syn::ext::IdentExt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Main,
    Test,
}

/// The options of a runtime, as one writes them.
const OF_RUNTIMES: [(&str, &str); 4] = [
    ("flavor", "flavor = \"multi_thread\""),
    ("worker_threads", "worker_threads = 4"),
    ("start_paused", "start_paused = true"),
    ("crate", "crate = \"airmail\""),
];

/// The one of a program.
const OF_PROGRAMS: [(&str, &str); 1] = [("grace", "grace = \"5s\"")];

/// And those of a simulation.
const OF_SIMULATIONS: [(&str, &str); 4] = [
    ("seeds", "seeds = 100"),
    ("faults", "faults = Faults::legal()"),
    ("strategy", "strategy = .. (a `Strategy`)"),
    ("sim", "sim = |sim| .. (a `fn(Sim) -> Sim`)"),
];

impl Kind {
    /// As it is written.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Kind::Main => "#[airmail::main]",
            Kind::Test => "#[airmail::test]",
        }
    }

    /// The last part of its path.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Main => "main",
            Kind::Test => "test",
        }
    }

    /// What a function is with it.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Kind::Main => "a main function",
            Kind::Test => "a test",
        }
    }

    /// The flavor if none is given.
    pub(crate) fn flavor(self) -> Flavor {
        match self {
            Kind::Main => Flavor::MultiThread,
            Kind::Test => Flavor::CurrentThread,
        }
    }

    /// Every option that it has, and how one is written.
    fn options(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let own = match self {
            Kind::Main => &OF_PROGRAMS[..],
            Kind::Test => &OF_SIMULATIONS[..],
        };
        OF_RUNTIMES.iter().chain(own).copied()
    }

    /// How an option is written. `Err` says what is wrong with its name.
    pub(crate) fn option(self, name: &Ident) -> Result<&'static str, String> {
        match self.options().find(|(known, _)| name == known) {
            Some((_, example)) => Ok(example),
            None if OF_SIMULATIONS.iter().any(|(known, _)| name == known) => Err(format!(
                "`{name}` is for a simulation, and `#[airmail::main]` runs in the real world; remove it, and use \
                 `#[airmail::test({}seeds = 100)]`, or `airmail::sim`",
                if name == "seeds" { String::new() } else { format!("{name} = .., ") },
            )),
            None if self == Kind::Test && OF_PROGRAMS.iter().any(|(known, _)| name == known) => Err(format!(
                "`{name}` is for `#[airmail::main]`; a test's runtime waits until everything has ended; remove it"
            )),
            None => Err(self.unknown(&name.unraw().to_string())),
        }
    }

    /// The complaint about a name that is no option's: the nearest that is one, and all.
    fn unknown(self, written: &str) -> String {
        let nearest = self.options().map(|(known, _)| (distance(written, known), known)).min();
        let hint = match nearest {
            Some((changes, known)) if changes <= 2 => format!("; did you mean `{known}`?"),
            _ => String::new(),
        };
        let names: Vec<_> = self.options().map(|(known, _)| format!("`{known}`")).collect();
        format!("no option is called `{written}`{hint} (there are {})", names.join(", "))
    }
}

/// Which runtime it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    CurrentThread,
    Local,
    MultiThread,
}

impl Flavor {
    pub(crate) fn named(name: &str) -> Option<Flavor> {
        match name {
            "current_thread" => Some(Flavor::CurrentThread),
            "local" => Some(Flavor::Local),
            "multi_thread" => Some(Flavor::MultiThread),
            _ => None,
        }
    }
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
