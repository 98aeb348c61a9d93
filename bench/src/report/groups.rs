//! Runtimes with several workers beside each other, and those with one thread.

use crate::bounds::Promises;
use crate::report::sections;
use crate::report::style::{HEAD, paint};
use crate::section::Section;
use std::fmt::Write;

/// Each with what its tables are called, and with whom it has.
const GROUPS: [(&str, bool); 2] = [("2 workers", false), ("1 thread", true)];

/// What the one group has of the sections. Who has one thread says so in its name.
fn group(sections: &[Section], one_thread: bool) -> Vec<Section> {
    let mut sections = sections.to_vec();
    for section in &mut sections {
        for row in &mut section.rows {
            row.times.retain(|time| time.name.ends_with("current-thread") == one_thread);
        }
        section.rows.retain(|row| !row.times.is_empty());
    }
    sections.retain(|section| !section.rows.is_empty());
    sections
}

/// Each that has somebody: what it is called, and its sections.
pub(super) fn groups(sections: &[Section]) -> impl Iterator<Item = (&'static str, Vec<Section>)> {
    let all = GROUPS.map(|(title, one_thread)| (title, group(sections, one_thread)));
    all.into_iter().filter(|(_, sections)| !sections.is_empty())
}

/// For the terminal.
pub(crate) fn text(all: &[Section], with_spread: bool, promises: Promises) -> String {
    let mut text = String::new();
    for (title, sections) in groups(all) {
        let _ = writeln!(text, "{}\n", paint(HEAD, &format!("== {title}")));
        text += &sections::tables(&sections, with_spread);
        text += &sections::summary(&sections, promises);
    }
    text + &sections::whats(all)
}

/// On a page: everybody in one table for each measure, then the bounds, of which each has its own group.
pub(crate) fn page(all: &[Section], promises: Promises) -> String {
    let mut text = sections::page_whats(all);
    text += &sections::page_tables(&[all]);
    for (_, sections) in groups(all) {
        text += &sections::page_bounds(&[&sections], promises);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{page, text};
    use crate::bounds::Bound;
    use crate::section::{Measure, Section};
    use crate::verdict::made_up;

    /// Airmail with two workers loses to the peer with two, and would win against the one with one.
    fn sections() -> [Section; 1] {
        let mut row = made_up::row("yield", 100.0, [50.0, 300.0], 1.0, 1.0);
        row.times[2].name = "pigeon current-thread".into();
        row.times[3].name = "airmail current-thread".into();
        row.times[3].kind = row.times[0].kind;
        [Section { measure: Measure::Time, rows: vec![row] }]
    }

    fn promises(_: Measure, _: &str) -> &'static [Bound] {
        &[Bound::BestPeer(1.0)]
    }

    #[test]
    fn each_is_compared_within_its_group() {
        let text = anstream::adapter::strip_str(&text(&sections(), false, promises)).to_string();
        let two = text.find("== 2 workers").expect("it is there");
        let one = text.find("== 1 thread").expect("it is there");
        assert!(text[two..one].contains("BROKEN (snail & co)"), "{text}");
        assert!(text[one..].contains("holds (pigeon current-thread)"), "{text}");
        assert!(!text[two..one].contains("pigeon"), "{text}");
    }

    #[test]
    fn the_page_has_all_in_one_table() {
        let page = page(&sections(), promises);
        assert!(page.contains("| pigeon current-thread | 300 |"), "{page}");
        assert!(
            page.contains("### Bounds of airmail x\n")
                && page.contains("### Bounds of airmail current-thread\n")
        );
        assert!(page.contains("| yield | <= 1.00 x the best peer | 2.00 x snail & co | BROKEN |"), "{page}");
    }
}
