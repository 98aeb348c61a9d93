//! Stopping the clock, moving it, and letting it run again.

use super::Duration;
use crate::context;
use crate::runtime::TryCurrentError;
use crate::scheduler::Scheduler;
use crate::task::yield_now;
use crate::timers::CannotMove;

/// Stops the clock of the current runtime: [`Instant::now`](super::Instant::now) stands still until the clock is
/// moved.
///
/// [`advance`] moves it. Besides, it jumps to the next deadline whenever the runtime has nothing else to do, so that a
/// program which only waits takes no time: nothing may be ready, and no
/// [`spawn_blocking`](crate::task::spawn_blocking) function may be running. Other threads are not waited for.
///
/// Does nothing if the clock stands still already, where tokio panics.
///
/// # Panics
/// If the thread is in no runtime, or in one of several threads.
///
/// ```
/// use airmail::time::{self, Duration, Instant};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     time::pause();
///     let start = Instant::now();
///     time::sleep(Duration::from_secs(30 * 24 * 3600)).await;
///     assert_eq!(start.elapsed(), Duration::from_secs(30 * 24 * 3600));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn pause() {
    with_runtime("pause", |scheduler| {
        assert!(
            !matches!(scheduler, Scheduler::Multi(_)),
            "`time::pause`: the clock of a multi-thread runtime cannot be stopped, since it would not be known when there \
             is nothing else to do; use a current-thread runtime"
        );
        scheduler.pause_time();
    });
}

/// Lets the clock of the current runtime run on, from the time at which it stands. Does nothing if it runs already,
/// where tokio panics.
///
/// # Panics
/// If the thread is in no runtime; if the runtime is a simulation, whose time never runs.
///
/// ```
/// use airmail::time::{self, Duration, Instant};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
/// runtime.block_on(async {
///     let start = Instant::now();
///     time::advance(Duration::from_secs(3600)).await;
///     time::resume();
///     assert!(start.elapsed() >= Duration::from_secs(3600));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn resume() {
    let resumed = with_runtime("resume", Scheduler::resume_time);
    assert!(
        resumed,
        "`time::resume`: this runtime is a simulation, whose time never runs by itself; leave the call out, or run \
         this code in a runtime from `Builder::new_current_thread`"
    );
}

/// Moves the clock of the current runtime, which stands still, by `duration`; wakes, in the order of their deadlines,
/// the tasks that waited for a time until there; then lets them run first.
///
/// They see the clock after the whole move. To let them run at every deadline on the way, [`sleep`](super::sleep).
/// A task is polled once before this returns; what it does after that may still be to come.
///
/// # Cancel safety
/// The first poll moves the clock. Nothing is lost if the future is dropped after it.
///
/// # Panics
/// If the thread is in no runtime; if its clock runs (see [`pause`]); if the time is 584 years or more after the
/// process began.
///
/// ```
/// use airmail::time::{self, Duration};
///
/// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
/// runtime.block_on(async {
///     let task = airmail::spawn(time::sleep(Duration::from_secs(5)));
///     time::advance(Duration::from_secs(4)).await;
///     assert!(!task.is_finished());
///     time::advance(Duration::from_secs(1)).await;
///     assert!(task.is_finished());
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn advance(duration: Duration) {
    match with_runtime("advance", |scheduler| scheduler.advance_time(duration)) {
        Ok(()) => {}
        Err(CannotMove::Runs) => panic!(
            "`time::advance`: the clock runs; stop it first, with `time::pause` or `Builder::start_paused(true)`"
        ),
        Err(CannotMove::TooFar) => {
            panic!(
                "`time::advance`: {duration:?} from now is further than a clock goes, which is 584 years after the process \
                 began"
            )
        }
    }
    yield_now().await;
}

#[track_caller]
fn with_runtime<R>(what: &str, f: impl FnOnce(&Scheduler) -> R) -> R {
    match context::runtime(f) {
        Ok(answer) => answer,
        Err(missing) => panic!("`time::{what}`: {}", TryCurrentError::from(missing)),
    }
}

#[cfg(test)]
mod tests {
    use super::{advance, resume};
    use crate::runtime::Builder;
    use crate::time::{Duration, Instant, sleep};
    use std::panic::catch_unwind;

    /// Simulated time begins at the same instant in every runtime, jumps, can be moved, and does not run.
    #[test]
    fn simulated_time_never_runs() {
        let hour = Duration::from_hours(1);
        let run = || {
            let runtime = Builder::new_simulated(1).build().expect("valid");
            runtime.block_on(async {
                let start = Instant::now();
                sleep(hour).await;
                advance(hour).await;
                let refused = catch_unwind(resume).expect_err("it never runs");
                let text = refused.downcast::<&str>().expect("text");
                assert!(text.contains("simulation") && text.contains("leave the call out"), "{text}");
                (start, Instant::now())
            })
        };
        let (start, end) = run();
        assert_eq!(end, start + 2 * hour);
        assert_eq!(run(), (start, end));
    }
}
