//! What airmail's design promises about several workers.

use crate::bounds::Bound::{self, BestPeer, Floor, Least, Most, Open, Peer};
use crate::section::Measure;

/// The bounds of a row.
pub(crate) fn promises(measure: Measure, question: &str) -> &'static [Bound] {
    match (measure, question) {
        (Measure::ProcessorTime, _) => &[BestPeer(1.1)],
        (_, "spawn+join" | "batch" | "yield") => &[BestPeer(1.05), Peer("tokio", 0.5)],
        (_, "wake p99") => &[Floor(4.0)],
        (_, "children") => &[BestPeer(1.05), Peer("tokio", 0.1)],
        (_, "speed-up") => &[Least(1.8)],
        (_, "shutdown") => &[Most(1_000.0), Peer("tokio", 1.0)],
        (_, "built") => &[Peer("tokio", 1.0)],
        (_, "wake p50" | "wake p99.9" | "Jain index" | "gap") => &[Open],
        _ => &[BestPeer(1.05)],
    }
}
