//! The short string that names a run.

use super::tape::Deviation;
use std::fmt;
use std::str::FromStr;

/// Names one run of a simulation: a seed, such as `41`, or a seed and what was left of its decisions after the run was
/// made simpler, such as `41:5.1-7.2`: at decision 5 choice 1, at decision 7 choice 2, everywhere else the first of the
/// ready tasks and no fault. (`41:-` has no other decision at all.)
///
/// It is what a failure prints, what `AIRMAIL_SEED` takes, and what stands in the file of failing seeds. It belongs to
/// the program and the settings that it was found with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replay {
    pub(super) seed: u64,
    pub(super) deviations: Option<Vec<Deviation>>,
}

impl Replay {
    /// The run of this seed.
    #[must_use]
    pub fn of_seed(seed: u64) -> Replay {
        Replay { seed, deviations: None }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seed)?;
        let Some(deviations) = &self.deviations else { return Ok(()) };
        f.write_str(if deviations.is_empty() { ":-" } else { ":" })?;
        for (n, Deviation { at, choice }) in deviations.iter().enumerate() {
            write!(f, "{}{at}.{choice}", if n == 0 { "" } else { "-" })?;
        }
        Ok(())
    }
}

/// A text that names no run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadReplay {
    text: String,
}

impl fmt::Display for BadReplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.escape_debug();
        write!(
            f,
            "\"{text}\" names no run of a simulation: expected a seed, such as 41, or what a failure printed, such as \
             41:5.1-7.2"
        )
    }
}

impl std::error::Error for BadReplay {}

impl FromStr for Replay {
    type Err = BadReplay;

    fn from_str(text: &str) -> Result<Replay, BadReplay> {
        parse(text.trim()).ok_or_else(|| BadReplay { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<Replay> {
    let (seed, rest) = match text.split_once(':') {
        None => (text, None),
        Some((seed, rest)) => (seed, Some(rest)),
    };
    let seed = seed.parse().ok()?;
    let deviations = match rest {
        None => None,
        Some("-") => Some(Vec::new()),
        Some(rest) => Some(rest.split('-').map(deviation).collect::<Option<Vec<_>>>()?),
    };
    let in_order = |list: &Vec<Deviation>| list.windows(2).all(|pair| pair[0].at < pair[1].at);
    deviations.as_ref().is_none_or(in_order).then_some(Replay { seed, deviations })
}

fn deviation(text: &str) -> Option<Deviation> {
    let (at, choice) = text.split_once('.')?;
    Some(Deviation { at: at.parse().ok()?, choice: choice.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read() {
        for text in ["0", "41", "18446744073709551615", "41:-", "41:5.1", "41:5.1-7.2-4294967295.9"] {
            let replay: Replay = text.parse().expect(text);
            assert_eq!(replay.to_string(), text);
        }
        assert_eq!(" 41\n".parse(), Ok(Replay::of_seed(41)));
    }

    #[test]
    fn nothing_else_is_read() {
        for text in
            ["", "x", "-1", "41:", "41:5", "41:5.", "41:5.1-", "41:5.1-5.2", "41:7.1-5.2", "1.2", "1:2:3"]
        {
            let error = text.parse::<Replay>().expect_err(text).to_string();
            assert!(error.contains("41:5.1-7.2"), "{error}");
        }
    }
}
