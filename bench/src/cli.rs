//! The command line: which commands there are, and how the program ends.

use crate::only::{self, Only};
use crate::peer::{Contestant, Who};
use crate::question::About;
use crate::{count, io, local, memory, multi, page, simulation, single, stalled, timers};
use clap::builder::NonEmptyStringValueParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// How airmail stands against its peers on the same work.
#[derive(Debug, Parser)]
#[command(name = "airmail-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

// Each command is described where its arguments are. To add one, add its module, a line here and one in `run`.
#[derive(Debug, Subcommand)]
enum Command {
    Local(local::Options),
    Multi(multi::Options),
    Counts(count::Options),
    Memory(memory::Options),
    Simulation(simulation::Options),
    Stalled(stalled::Options),
    Io(io::Options),
    Timers(timers::Options),
    Page(page::Options),
    Run(single::Options),
    #[command(name = memory::COMMAND, hide = true)]
    IdleChild(memory::ChildOptions),
    #[command(name = multi::IDLE_CHILD, hide = true)]
    MultiIdleChild(multi::IdleChildOptions),
    #[command(name = io::CHILD, hide = true)]
    IoChild(io::ChildOptions),
    #[command(name = count::CHILD, hide = true)]
    CountsChild(count::ChildOptions),
}

impl Command {
    fn run(self) -> Result<(), Exit> {
        match self {
            Command::Local(options) => local::command(&options),
            Command::Multi(options) => multi::command(&options),
            Command::Counts(options) => count::command(&options),
            Command::Memory(options) => memory::command(&options),
            Command::Simulation(options) => simulation::command(&options),
            Command::Stalled(options) => stalled::command(&options),
            Command::Io(options) => io::command(&options),
            Command::Timers(options) => timers::command(&options),
            Command::Page(options) => page::command(&options),
            Command::Run(options) => single::command(&options),
            Command::IdleChild(options) => memory::child(&options),
            Command::MultiIdleChild(options) => multi::idle_child(&options),
            Command::IoChild(options) => io::child(&options),
            Command::CountsChild(options) => {
                count::run_child(&options);
                Ok(())
            }
        }
    }
}

/// Who takes part, where nobody is the floor.
#[derive(Debug, Args)]
pub(crate) struct Runtimes {
    /// Only what has one of these words in its name; several with commas.
    ///
    /// A word picks questions, contestants or both; upper and lower case are the same. Questions that are picked
    /// leave the contestants alone, and the other way round. Airmail stays beside the peers that are picked; a word
    /// that picks some of airmail's drops its others.
    #[arg(long, value_name = "WORD", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    only: Vec<String>,
}

impl Runtimes {
    pub(crate) fn of<C: Who>(&self, contestants: Vec<C>, questions: Vec<About>) -> Result<Only<C>, Exit> {
        Only::of(contestants, questions, &self.only, false).map_err(not_known)
    }
}

/// Who takes part.
#[derive(Debug, Args)]
pub(crate) struct Contestants {
    /// Only what has one of these words in its name; several with commas.
    ///
    /// A word picks questions, contestants or both; upper and lower case are the same. Questions that are picked
    /// leave the contestants alone, and the other way round. Airmail and the floor stay beside the peers that are
    /// picked, since everything is compared with them; a word that picks some of airmail's drops its others.
    #[arg(long, value_name = "WORD", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    only: Vec<String>,
    /// Without the floor, the least that any executor must do.
    #[arg(long)]
    no_floor: bool,
}

impl Contestants {
    pub(crate) fn with_questions(&self) -> Result<Only<Contestant>, Exit> {
        Only::these(&self.only, !self.no_floor).map_err(not_known)
    }

    pub(crate) fn of_multi(&self) -> Result<Only<multi::peer::Contestant>, Exit> {
        Only::of(multi::peer::all(), multi::question::about(), &self.only, !self.no_floor).map_err(not_known)
    }

    pub(crate) fn without_questions(&self) -> Result<Vec<Contestant>, Exit> {
        only::contestants_only(&self.only, !self.no_floor).map_err(not_known)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn not_known(error: String) -> Exit {
    Exit::usage(format!("--only: {error}"))
}

/// How many rounds, if nobody says.
pub(crate) const ROUNDS: u32 = 11;

/// `--rounds`.
pub(crate) fn rounds(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(0) => Err("a median needs at least one round".into()),
        Ok(rounds) => Ok(rounds),
        Err(error) => Err(format!("{error}")),
    }
}

/// Why the program ends early.
#[derive(Debug)]
pub(crate) enum Exit {
    /// About the arguments; also `--help` and `--version`. Exit code 2, or 0.
    Arguments(clap::Error),
    /// About anything else. Exit code 1.
    Failed(String),
}

impl Exit {
    pub(crate) fn usage(message: String) -> Exit {
        Exit::Arguments(clap::Error::raw(ErrorKind::InvalidValue, message + "\n"))
    }

    fn report(self) -> ExitCode {
        match self {
            Exit::Arguments(error) => {
                let _ = error.print();
                ExitCode::from(if error.use_stderr() { 2 } else { 0 })
            }
            Exit::Failed(message) => {
                // Not `eprintln!`, which panics if stderr is closed.
                let _ = writeln!(std::io::stderr(), "airmail-bench: {message}");
                ExitCode::FAILURE
            }
        }
    }
}

pub(crate) fn main() -> ExitCode {
    let ended = match Cli::try_parse() {
        Ok(Cli { command: Some(command) }) => command.run(),
        Ok(Cli { command: None }) => crate::out::print(&Cli::command().render_help().ansi().to_string()),
        Err(error) => Err(Exit::Arguments(error)),
    };
    ended.map_or_else(Exit::report, |()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::{Cli, rounds};
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_rounds_are_refused() {
        assert_eq!(rounds("11"), Ok(11));
        assert!(rounds("0").unwrap_err().contains("at least one"));
        assert!(rounds("-1").is_err());
    }

    #[test]
    fn words_come_with_commas_and_again() {
        let cli = Cli::try_parse_from(["x", "local", "--only", "a,b", "--only", "c"]).unwrap();
        let Some(super::Command::Local(options)) = cli.command else { panic!("{cli:?}") };
        assert_eq!(options.contestants.only, ["a", "b", "c"]);
    }
}
