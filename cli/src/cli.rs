//! The command line: which commands there are, and how the program ends.

use crate::lifecycle::{Failure, Lifecycle};
use crate::serve::{self, Serve};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use std::io;
use std::process::ExitCode;

/// Watch the tasks of the airmail runtime: spawn, queue, poll, wait, wake, done.
///
/// Without a command: lifecycle, with the arguments below.
#[derive(Debug, Parser)]
#[command(name = "airmail", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    lifecycle: Lifecycle,
}

// Each command is described where its arguments are. To add one, add its module, a line here and one in `run`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Lifecycle(Lifecycle),
    Serve(Serve),
}

impl Command {
    pub(crate) fn run(self) -> Result<(), Exit> {
        match self {
            Command::Lifecycle(lifecycle) => lifecycle.run().map_err(Exit::from),
            Command::Serve(serve) => serve.run().map_err(Exit::from),
        }
    }
}

/// Why the program ends early.
#[derive(Debug)]
pub(crate) enum Exit {
    /// `--help` and `--version`.
    Info(clap::Error),
    /// One line about the arguments. Exit code 2.
    Usage(String),
    /// One line about anything else. Exit code 1.
    Failed(String),
}

impl Exit {
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Exit::Info(text) => match text.print() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    Exit::Failed(format!("stdout: {error}")).report()
                }
                _ => ExitCode::SUCCESS,
            },
            Exit::Usage(line) => end(&line, 2),
            Exit::Failed(line) => end(&line, 1),
        }
    }
}

fn end(line: &str, code: u8) -> ExitCode {
    // Not `eprintln!`, which panics if stderr is closed.
    let _ = io::Write::write_all(&mut io::stderr(), format!("airmail: {line}\n").as_bytes());
    ExitCode::from(code)
}

impl From<Failure> for Exit {
    fn from(failure: Failure) -> Exit {
        match failure {
            Failure::Task(error) => Exit::Usage(error.to_string()),
            Failure::Choice(line) => Exit::Usage(line),
            Failure::Runtime(error) => Exit::Failed(format!("the runtime did not start: {error}")),
            Failure::Write(error) => Exit::Failed(format!("stdout: {error}")),
        }
    }
}

impl From<serve::Failure> for Exit {
    fn from(failure: serve::Failure) -> Exit {
        match failure {
            serve::Failure::Argument(line) => Exit::Usage(line),
            serve::Failure::Failed(line) => Exit::Failed(line),
        }
    }
}

pub(crate) fn parse() -> Result<Command, Exit> {
    match Cli::try_parse() {
        Ok(Cli { command: Some(command), .. }) => Ok(command),
        Ok(Cli { lifecycle, .. }) => match lifecycle.word() {
            Some(word) => Err(Exit::Usage(no_command(word))),
            None => Ok(Command::Lifecycle(lifecycle)),
        },
        Err(error) => Err(match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Info(error),
            _ => Exit::Usage(one_line(&error.to_string())),
        }),
    }
}

/// A lone word without a command before it: perhaps it was meant as one.
fn no_command(word: &str) -> String {
    let commands: Vec<_> = Cli::command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
    if commands.iter().any(|command| command == word) {
        return format!("{word:?}: the command comes first, such as airmail {word} --json");
    }
    let commands = commands.join(", ");
    format!("{word:?}: expected name=polls, such as letter=3, or a command ({commands})")
}

/// What clap says in several paragraphs, in one line: the error, and its tip.
fn one_line(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let mut line = String::new();
    for paragraph in text.split("\n\n") {
        let paragraph = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        match paragraph.strip_prefix("tip: ") {
            _ if line.is_empty() => line = paragraph,
            Some(tip) => {
                line += "; ";
                line += tip;
            }
            None => break,
        }
    }
    // Arguments are quoted as they came: nothing in them may steer the terminal.
    let line = line.replace(char::is_control, "\u{fffd}");
    format!("{line}; see airmail --help")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn errors_become_one_line() {
        let text = "error: bad 'x'\n  [possible values: a, b]\n\n  tip: try 'a'\n\nUsage: airmail\n";
        assert_eq!(one_line(text), "bad 'x' [possible values: a, b]; try 'a'; see airmail --help");
        assert_eq!(one_line("error: '\x1b[31m\n\nx'"), "'\u{fffd}[31m; see airmail --help");
    }
}
