//! The measurements in words.

use crate::race::Row;
use crate::report::style::{self, AIRMAIL, paint};
use crate::verdict::{Against, FAR_FROM_FLOOR, airmail_names};
use std::fmt::Write;

const WIDTH: usize = 110;

/// The same for a page: an item for each.
pub(crate) fn items(rows: &[Row]) -> String {
    airmail_names(rows)
        .iter()
        .map(|name| "* **".to_owned() + name + "**: " + &one(name, rows) + "\n")
        .collect()
}

/// A paragraph for each of airmail's contestants.
pub(crate) fn summary(rows: &[Row]) -> String {
    let mut text = String::new();
    for name in airmail_names(rows) {
        let words = style::wrap(&format!("{name}: {}", one(name, rows)), WIDTH, "  ");
        text += &words.replacen(name, &paint(AIRMAIL, name), 1);
    }
    text
}

fn one(name: &str, rows: &[Row]) -> String {
    let against: Vec<_> = rows.iter().filter_map(|row| row.against_best(name)).collect();
    let mut text = String::new();
    if against.is_empty() {
        text += "no peers to compare with.";
    } else {
        let (ahead, behind): (Vec<_>, Vec<_>) = against.iter().partition(|against| against.ratio <= 1.0);
        let _ = write!(text, "ahead of every peer on {} of {} questions", ahead.len(), against.len());
        if behind.is_empty() {
            text += ".";
        } else {
            let _ = write!(text, "; behind on {}.", list(&behind, true));
        }
        let noise: Vec<_> = against.iter().filter(|against| against.noise).collect();
        if !noise.is_empty() {
            let noise = noise.iter().map(|against| against.question).collect::<Vec<_>>().join(", ");
            let _ = write!(text, " Within the noise, since the rounds of both overlap: {noise}.");
        }
    }
    let floor: Vec<_> = rows.iter().filter_map(|row| row.against_floor(name)).collect();
    let far: Vec<_> = floor.iter().filter(|against| against.ratio > FAR_FROM_FLOOR).collect();
    if !far.is_empty() {
        let _ = write!(text, " More than {FAR_FROM_FLOOR} x the floor: {}.", list(&far, false));
    }
    text
}

fn list(all: &[&Against<'_>], with_name: bool) -> String {
    let words = |against: &&Against<'_>| {
        let Against { question, other, ratio, .. } = against;
        let other = if with_name { format!(" {other}") } else { String::new() };
        format!("{question} ({ratio:.2} x{other})")
    };
    all.iter().map(words).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{items, summary};
    use crate::verdict::made_up;

    #[test]
    fn wins_losses_and_noise_are_named() {
        let text = anstream::adapter::strip_str(&summary(&made_up::rows())).to_string();
        assert_eq!(
            text,
            "airmail x: ahead of every peer on 2 of 3 questions; behind on lose (2.00 x pigeon). Within the noise, \
             since\n  the rounds of both overlap: draw. More than 2 x the floor: lose (6.00 \
             x).\n"
        );
    }

    #[test]
    fn without_losses_and_without_peers() {
        let mut rows = made_up::rows();
        rows.truncate(1);
        let text = anstream::adapter::strip_str(&summary(&rows)).to_string();
        assert_eq!(text, "airmail x: ahead of every peer on 1 of 1 questions.\n");
        rows[0].times.truncate(1);
        let text = anstream::adapter::strip_str(&summary(&rows)).to_string();
        assert_eq!(text, "airmail x: no peers to compare with.\n");
        assert_eq!(items(&rows), "* **airmail x**: no peers to compare with.\n");
    }
}
