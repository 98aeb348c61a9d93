//! What holds in every schedule: bounds on waiting, ends that repeat, deadlocks that are named, time.

mod bounds;
mod ends;
mod times;
mod waits;

use airmail::sim::Strategy;

/// Every order, each of which is fair.
const ORDERS: [Strategy; 7] = [
    Strategy::Fifo,
    Strategy::RoundRobin,
    Strategy::Random,
    Strategy::Pct { depth: 1 },
    Strategy::Pct { depth: 2 },
    Strategy::Pct { depth: 3 },
    Strategy::Pct { depth: 4 },
];
