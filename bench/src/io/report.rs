//! What the servers did: on the terminal, and as a part of a page.

use super::Results;
use super::promises::promises;
use crate::report::groups;

/// For the terminal.
pub(super) fn text(results: &Results, with_spread: bool) -> String {
    groups::text(&results.sections, with_spread, promises)
}

/// The part of a page.
pub(crate) fn section(results: &Results) -> String {
    format!(
        "\n## Sockets\n\nEach runtime's server is a process of its own, with two workers, or one thread where its \
         name says so. All servers are up the whole time; one load generator, a single thread on epoll without a \
         runtime, asks them in turns, {} ms each (a second where a task computes), {} rounds after one that is not \
         counted. It asks again as soon as it has an answer, unless a pace is named. Server and load generator share \
         the cores of this machine, so that these are no figures of a server that has a machine for itself. HTTP is \
         hyper's, with the timer of each runtime. In bold the best peer. What is asked:\n\n{}",
        results.millis,
        results.rounds,
        groups::page(&results.sections, promises)
    )
}

#[cfg(test)]
mod tests {
    use super::section;
    use crate::io::Results;
    use crate::section::{Measure, Section};
    use crate::verdict::made_up;

    #[test]
    fn the_page_says_how_and_what() {
        let mut row = made_up::row("http 64", 110.0, [100.0, 90.0], 1.0, 1.0);
        row.better = crate::race::Better::More;
        let sections = vec![Section { measure: Measure::Rate, rows: vec![row] }];
        let page = section(&Results { rounds: 11, millis: 400, sections });
        assert!(page.starts_with("\n## Sockets\n") && page.contains("400 ms each"), "{page}");
        assert!(page.contains("share the cores of this machine"), "{page}");
        assert!(page.contains("| http 64 | <= 1.00 x the best peer | 0.91 x snail & co | holds |"), "{page}");
    }
}
