//! `run`: one contestant alone answers one question, for profilers.

use crate::alloc::{self, Allocator};
use crate::cli::{self, Exit};
use crate::{peer, question, race};
use clap::Args;

/// One contestant answers one question, again and again, and nobody else runs: for profilers.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The contestant: its name, or a part of it that no other name has.
    peer: String,
    /// The question, likewise.
    question: String,
    /// How many rounds.
    #[arg(value_parser = cli::rounds)]
    rounds: u32,
    /// The allocator. Builds the program again if it was built with the other one.
    #[arg(long)]
    alloc: Option<Allocator>,
}

pub(crate) fn command(options: &Options) -> Result<(), Exit> {
    let contestants = peer::all();
    let questions = question::about();
    let names: Vec<_> = contestants.iter().map(|contestant| contestant.name).collect();
    let peer = pick(&names, &options.peer).map_err(Exit::usage)?;
    let names: Vec<_> = questions.iter().map(|question| question.name).collect();
    let question = pick(&names, &options.question).map_err(Exit::usage)?;
    alloc::ensure(options.alloc)?;
    race::second_thread();
    let mut answer = (contestants[peer].make)();
    (0..options.rounds).for_each(|_| answer(question, questions[question].round));
    Ok(())
}

/// The place of the one name that is `word`, or that has it in it.
fn pick(names: &[&str], word: &str) -> Result<usize, String> {
    let word = word.to_lowercase();
    let places = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..names.len()).filter(|place| is(&names[*place].to_lowercase())).collect()
    };
    let whole = places(&|name| name == word);
    let found = if whole.is_empty() { places(&|name| name.contains(&word)) } else { whole };
    match found[..] {
        [place] => Ok(place),
        [] => Err(format!("nothing is called {word:?}; there are: {}", names.join("; "))),
        _ => {
            let found: Vec<_> = found.iter().map(|place| names[*place]).collect();
            Err(format!("{word:?} may be: {}", found.join("; ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pick;

    #[test]
    fn names_and_parts_are_found() {
        let names = ["nio", "nio local", "compio", "floor"];
        assert_eq!(pick(&names, "NIO"), Ok(0));
        assert_eq!(pick(&names, "flo"), Ok(3));
        assert_eq!(pick(&names, "io l"), Ok(1));
        assert!(pick(&names, "o").unwrap_err().contains("may be: nio; nio local"));
        assert!(pick(&names, "x").unwrap_err().contains("there are: nio;"));
    }
}
