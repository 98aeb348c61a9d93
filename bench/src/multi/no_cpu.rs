//! Where nobody says what processor time this process took: the figures are 0.

use std::time::Duration;

pub(crate) fn time() -> Duration {
    Duration::ZERO
}
