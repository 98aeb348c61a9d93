//! Making a failing run simpler: fewer decisions that are not the dull one.

use super::tape::Deviation;
use std::time::{Duration, Instant};

/// So many runs are tried at most.
const MOST_RUNS: u32 = 4_000;
/// For so long at most.
const LONGEST: Duration = Duration::from_secs(5);

/// Leaves out what can be left out, while `fails` says that the rest still fails: first halves, then quarters, down to
/// single ones, until nothing can go; then makes each choice smaller, after which more may be able to go. (Delta
/// debugging, Zeller and Hildebrandt, 2002, without complements of single parts, since a decision that is left out is
/// not missing but 0.)
pub(super) fn shrink(
    mut deviations: Vec<Deviation>,
    mut fails: impl FnMut(&[Deviation]) -> bool,
) -> Vec<Deviation> {
    let (mut runs, end) = (0, Instant::now() + LONGEST);
    let mut fails = |tried: &[Deviation]| {
        runs += 1;
        (runs <= MOST_RUNS && Instant::now() < end).then(|| fails(tried))
    };
    // To the end: what is left is what making it simpler once more would give.
    while simpler(&mut deviations, &mut fails) == Some(true) {}
    deviations
}

/// Whether something became simpler. `None`: no more runs.
fn simpler(
    deviations: &mut Vec<Deviation>,
    mut fails: impl FnMut(&[Deviation]) -> Option<bool>,
) -> Option<bool> {
    let before = deviations.clone();
    leave_out(deviations, &mut fails)?;
    lower(deviations, fails)?;
    Some(*deviations != before)
}

fn leave_out(
    deviations: &mut Vec<Deviation>,
    mut fails: impl FnMut(&[Deviation]) -> Option<bool>,
) -> Option<()> {
    let mut part = deviations.len().div_ceil(2);
    while part > 0 && !deviations.is_empty() {
        let before = deviations.len();
        let mut start = 0;
        while start < deviations.len() {
            let mut rest = deviations.clone();
            rest.drain(start..(start + part).min(deviations.len()));
            if fails(&rest)? {
                *deviations = rest;
            } else {
                start += part;
            }
        }
        // Single ones again and again, for as long as it helps.
        part = if part == 1 && deviations.len() < before { 1 } else { part / 2 };
    }
    Some(())
}

/// Makes choices smaller, one at a time: 1 first.
fn lower(deviations: &mut [Deviation], mut fails: impl FnMut(&[Deviation]) -> Option<bool>) -> Option<()> {
    for n in 0..deviations.len() {
        let before = deviations[n].choice;
        for lower in [1, before / 2, before.saturating_sub(1)] {
            if lower == 0 || lower >= before {
                continue;
            }
            deviations[n].choice = lower;
            let fewer = fails(deviations);
            if fewer == Some(true) {
                break;
            }
            deviations[n].choice = before;
            fewer?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(choices: &[(u32, u32)]) -> Vec<Deviation> {
        choices.iter().map(|&(at, choice)| Deviation { at, choice }).collect()
    }

    #[test]
    fn only_what_matters_is_left() {
        let all: Vec<_> = (0..100).map(|at| Deviation { at, choice: 1 + at % 7 }).collect();
        let needs = |at: u32, least: u32, list: &[Deviation]| {
            list.iter().any(|deviation| deviation.at == at && deviation.choice >= least)
        };
        let mut runs = 0;
        let left = shrink(all, |tried| {
            runs += 1;
            needs(17, 2, tried) && needs(18, 1, tried) && needs(90, 1, tried)
        });
        assert_eq!(left, list(&[(17, 2), (18, 1), (90, 1)]));
        assert!(runs < 150, "{runs} runs");
    }

    /// What a large choice needs beside it, a smaller one may not.
    #[test]
    fn what_a_smaller_choice_does_not_need_goes() {
        let all = list(&[(4, 6), (7, 1), (9, 1)]);
        let left = shrink(all, |tried| match tried {
            [Deviation { at: 4, choice }, rest @ ..] => *choice < 3 || rest.len() == 2,
            _ => false,
        });
        assert_eq!(left, list(&[(4, 1)]));
    }

    /// However long the list is.
    #[test]
    fn it_ends_when_there_are_no_more_runs() {
        let all: Vec<_> = (0..200_000).map(|at| Deviation { at, choice: 1 }).collect();
        let mut runs = 0;
        let left = shrink(all.clone(), |_| {
            runs += 1;
            false
        });
        assert_eq!(left, all);
        assert!(runs <= MOST_RUNS);
    }

    #[test]
    fn nothing_may_be_left() {
        assert_eq!(shrink(list(&[(1, 1), (5, 2), (9, 9)]), |_| true), []);
        assert_eq!(shrink(Vec::new(), |_| unreachable!("there is nothing to try")), []);
    }

    #[test]
    fn everything_may_be_needed() {
        let all = list(&[(1, 1), (5, 1), (9, 1)]);
        assert_eq!(shrink(all.clone(), |tried| tried.len() == 3), all);
    }
}
