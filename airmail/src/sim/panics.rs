//! A panic in a simulation says in which run it was.

use super::builder::current;
use super::state::Panicked;
use std::panic::PanicHookInfo;
use std::sync::Once;

/// From now on panics in simulations are noted for their reports; all others go where they went before.
pub(super) fn install() {
    static INSTALL: Once = Once::new();
    if std::thread::panicking() {
        return;
    }
    INSTALL.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !note(info) {
                before(info);
            }
            seed();
        }));
    });
}

/// `true` if the panic is for a report only.
fn note(info: &PanicHookInfo<'_>) -> bool {
    // Who drives a simulation by hand reads no report; and may go on for long.
    let Some(shared) = current().filter(|shared| shared.rules.quiet) else { return false };
    // A panic of the simulation itself may hold the lock.
    let Some(mut state) = shared.try_state() else { return false };
    state.panics.push(Panicked {
        message: info.payload_as_str().unwrap_or("(a panic payload that is no text)").to_owned(),
        location: info.location().map(ToString::to_string).unwrap_or_default(),
        task: airmail_core::current_meta().map(|task| task.to_string()),
    });
    true
}

/// Says which run it was, if nobody else will.
fn seed() {
    let Some(shared) = current().filter(|shared| !shared.rules.quiet) else { return };
    let polls = shared.try_state().map_or(0, |state| state.polls);
    eprintln!("in a simulation with seed {}, after {polls} polls", shared.rules.seed);
}
