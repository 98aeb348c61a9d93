//! A hang becomes a failure with a name.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Ends the process with a message unless something is done in time; the guard's drop calls it off.
pub(crate) struct Watchdog(Arc<Watched>);

struct Watched {
    state: Mutex<State>,
    over: Condvar,
}

struct State {
    doing: String,
    since: Instant,
    over: bool,
}

impl Watchdog {
    /// Each thing that [`doing`](Watchdog::doing) names must be done within `limit`.
    pub(crate) fn new(doing: &str, limit: Duration) -> Watchdog {
        let state = State { doing: doing.to_owned(), since: Instant::now(), over: false };
        let watched = Arc::new(Watched { state: Mutex::new(state), over: Condvar::new() });
        let own = Arc::clone(&watched);
        std::thread::spawn(move || watch(&own, limit));
        Watchdog(watched)
    }

    /// From now on it is this that must be done in time.
    #[allow(dead_code, reason = "used by some test binaries only")]
    pub(crate) fn doing(&self, what: impl std::fmt::Debug) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.doing = format!("{what:?}");
        state.since = Instant::now();
    }
}

fn watch(watched: &Watched, limit: Duration) {
    let mut state = watched.state.lock().unwrap_or_else(PoisonError::into_inner);
    while !state.over {
        let left = limit.saturating_sub(state.since.elapsed());
        if left.is_zero() {
            eprintln!("watchdog: not done after {limit:?}: {}", state.doing);
            std::process::abort();
        }
        state = watched.over.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        self.0.over.notify_all();
    }
}
