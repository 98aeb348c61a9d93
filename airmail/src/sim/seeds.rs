//! Where runs come from besides counting: the environment, and the file of those that failed.

use super::replay::Replay;
use std::env;
use std::fs;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Replaces the seeds of every exploration: one run.
pub(super) const SEED: &str = "AIRMAIL_SEED";
/// Replaces the number of seeds of every exploration.
const SEEDS: &str = "AIRMAIL_SEEDS";
/// Replaces the first seed of every exploration.
const FIRST: &str = "AIRMAIL_FIRST_SEED";

/// A variable of the environment, read. Panics if it makes no sense, since nobody would want what happens instead.
fn read<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str, expected: &str) -> Option<T> {
    let text = env::var_os(name)?;
    let text = text.to_string_lossy();
    match text.trim().parse() {
        Ok(value) => Some(value),
        Err(error) => panic!("the environment says {name}={text:?}: {error}; expected {expected}"),
    }
}

/// The one run that is asked for.
pub(super) fn wanted() -> Option<Replay> {
    read(SEED, "what a failure printed")
}

/// How many seeds are asked for.
pub(super) fn count() -> Option<u64> {
    read(SEEDS, "a number of schedules, such as 1000000")
}

/// The first seed that is asked for.
pub(super) fn first() -> Option<u64> {
    read(FIRST, "a seed, such as 1000")
}

/// Runs that failed before, one a line, to be tried first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File(pub(super) PathBuf);

/// The text before the first run.
const HEAD: &str = "# Runs that failed, one a line; airmail tries them first. A line may go once its bug is mended, or stay\n\
                    # as a regression test. A run belongs to the program and the settings that it was found with.\n";

impl File {
    /// Of a test, in a folder beside its package's manifest.
    pub(super) fn of_test(manifest_dir: &str, test: &str) -> File {
        File(Path::new(manifest_dir).join("airmail-seeds").join(format!("{}.txt", test.replace("::", "."))))
    }

    /// What is in it; nothing if there is no such file. What cannot be read is an error, not skipped.
    pub(super) fn runs(&self) -> Result<Vec<Replay>, String> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Vec::new()),
            Err(error) => return Err(format!("cannot read {}: {error}", self.0.display())),
        };
        let mut runs = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let run = line.split('#').next().unwrap_or_default().trim();
            if !run.is_empty() {
                let place = || format!("{}:{number}", self.0.display());
                runs.push(run.parse().map_err(|error| format!("{}: {error}", place()))?);
            }
        }
        Ok(runs)
    }

    /// Adds a run, with a word on what it was. What was done, or why not.
    pub(super) fn keep(&self, run: &Replay, why: &str) -> Result<(), String> {
        if self.runs()?.contains(run) {
            return Ok(());
        }
        self.append(run, why).map_err(|error| format!("cannot write {}: {error}", self.0.display()))
    }

    fn append(&self, run: &Replay, why: &str) -> io::Result<()> {
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = fs::OpenOptions::new().append(true).create(true).open(&self.0)?;
        let head = if file.metadata()?.len() == 0 { HEAD } else { "" };
        let why: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect();
        // One write, so that two tests that fail at once do not mix their lines.
        file.write_all(format!("{head}{run}  # {why}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_there_the_next_time() {
        let folder = env::temp_dir().join(format!("airmail-seeds-{}", std::process::id()));
        let file = File::of_test(folder.to_str().expect("text"), "bank::transfer");
        assert_eq!(file.runs(), Ok(Vec::new()));
        let (one, other) = ("41:5.1".parse().expect("a run"), Replay::of_seed(7));
        file.keep(&one, "deadlock\nin two lines").expect("writable");
        file.keep(&other, "panic").expect("writable");
        file.keep(&one, "again").expect("writable");
        assert_eq!(file.runs(), Ok(vec![one, other]));
        fs::write(&file.0, "# nothing\n\n 12 # a run\n1:x\n").expect("writable");
        let error = file.runs().expect_err("line 4");
        assert!(error.contains("bank.transfer.txt:4: \"1:x\" names no run"), "{error}");
        fs::remove_dir_all(folder).expect("it is there");
    }
}
