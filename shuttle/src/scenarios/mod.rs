//! Whole programs, each of which ends. What holds at the end of all of them is in `ledger.rs` and `machine.rs`; that
//! one never ends (a lost wake-up) is shuttle's to report.

mod blocking;
mod rescue;
mod shutdown;
mod waking;
mod work;

/// A program, run under many schedules.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) run: fn(),
    /// It gets half of the schedules: another one is of the same kind.
    pub(crate) half: bool,
}

const fn scenario(name: &'static str, what: &'static str, run: fn()) -> Scenario {
    Scenario { name, what, run, half: false }
}

const fn half(name: &'static str, what: &'static str, run: fn()) -> Scenario {
    Scenario { name, what, run, half: true }
}

/// All of them.
pub(crate) const ALL: &[Scenario] = &[
    half("outside", "tasks from two threads outside, joined", work::outside),
    scenario("overflow", "a small ring overflows while others steal from it", work::overflow),
    half("pair", "two tasks from outside need a worker each", work::pair),
    half("burst", "many tasks at once, two of which need a worker each", work::burst),
    half("stuck_next", "what a worker woke last is stolen while it is in a long poll", work::stuck_next),
    half("relieved", "a worker that is never idle runs what is behind a long poll", work::relieved),
    scenario("abort", "aborts from outside race with everything", work::abort),
    scenario("ping_pong", "two tasks wake each other, whichever worker they are on", waking::ping_pong),
    scenario("last_searcher", "a task comes as the last searcher is about to sleep", waking::last_searcher),
    scenario("timer", "a timer is armed while another worker waits in the driver", waking::timer),
    half("timer_long_poll", "who waited for timers does not for the next one", waking::timer_long_poll),
    half("timer_unattended", "nobody waits for timers as the first one is armed", waking::timer_unattended),
    half("timer_spare", "who waits for timers is not needed any more", waking::timer_spare),
    scenario("close", "the runtime is closed while tasks spawn, wake and yield", shutdown::close),
    half("close_long_poll", "it is closed while a worker is in a long poll", shutdown::close_long_poll),
    scenario(
        "close_stragglers",
        "wake-ups and aborts from outside arrive as it ends",
        shutdown::close_stragglers,
    ),
    scenario("block", "a spare runs what the worker that blocks has", blocking::block),
    scenario("block_timeout", "a spare gives up as the next call comes", blocking::block_timeout),
    half("rescue", "a spare runs what a worker in a long poll has", rescue::rescue),
    half(
        "rescue_close",
        "spares begin beside late workers while the runtime is closed",
        rescue::rescue_close,
    ),
    half("doze", "nobody watches as a worker gets something that blocks it", rescue::doze),
    half(
        "doze_while_lent",
        "nobody watches as a worker comes back from a blocking call",
        rescue::doze_while_lent,
    ),
    half("block_close", "workers lend and return while the runtime is closed", blocking::block_close),
];
