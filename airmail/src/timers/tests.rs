use super::{CannotMove, Deadline, Entry, Timers, Wait, nanos};
use crate::sync::Instant;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

struct Note(u32, Arc<Mutex<Vec<u32>>>);

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.1.lock().expect("no panic").push(self.0);
    }
}

#[derive(Default)]
struct Log(Arc<Mutex<Vec<u32>>>);

impl Log {
    fn waker(&self, number: u32) -> Waker {
        Waker::from(Arc::new(Note(number, Arc::clone(&self.0))))
    }

    fn take(&self) -> Vec<u32> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

/// A timer, and whether it is the first one. `None`: the timers are closed.
fn arm(timers: &Timers, deadline: Deadline, waker: &Waker) -> Option<(Pin<Box<Entry>>, bool)> {
    let mut entry = Box::pin(Entry::new());
    let wheel = timers.wheel(0).expect("there is one");
    let first = wheel.arm(entry.as_mut(), deadline.nanos(), nanos(timers.now()), waker).ok()?;
    Some((entry, first))
}

/// Simulated time begins at the same instant everywhere, and cannot be let run.
#[test]
fn simulated_time_is_the_same_everywhere_and_stands_still() {
    let (one, other) = (Timers::simulated(), Timers::simulated());
    assert_eq!(one.now(), other.now());
    assert!(!one.resume());
    assert_eq!(one.wait(), Wait::World, "nothing to jump to");
    let start = one.now();
    one.advance(SECOND).expect("it stands still");
    assert_eq!(one.now(), start + SECOND);
    assert_eq!(other.now(), start);
}

#[test]
fn fires_by_deadline_then_by_number() {
    let (timers, log) = (Timers::simulated(), Log::default());
    let start = timers.now();
    let times = [(0, 2), (1, 1), (2, 2), (3, 0), (4, 1)];
    let _entries = times.map(|(number, seconds)| {
        arm(&timers, Deadline::At(start + seconds * SECOND), &log.waker(number)).expect("open")
    });
    let _never = arm(&timers, Deadline::Never, &log.waker(9)).expect("open");
    timers.fire_due();
    assert_eq!(log.take(), [3]);
    assert_eq!(timers.wait(), Wait::Jump);
    timers.jump();
    assert_eq!(timers.now(), start + SECOND);
    timers.fire_due();
    assert_eq!(log.take(), [1, 4]);
    timers.advance(100 * SECOND).expect("it stands still");
    assert_eq!(log.take(), [0, 2]);
    assert_eq!(timers.wait(), Wait::World, "never is no deadline");
    timers.close();
    assert!(arm(&timers, Deadline::Never, Waker::noop()).is_none());
    timers.wake_left_over();
    assert_eq!(log.take(), [9]);
}

#[test]
fn a_held_clock_does_not_jump() {
    let timers = Timers::paused();
    let start = timers.now();
    let _timer = arm(&timers, Deadline::At(start + SECOND), Waker::noop()).expect("open");
    timers.hold();
    assert_eq!(timers.wait(), Wait::World);
    timers.jump();
    assert_eq!(timers.now(), start);
    assert!(timers.release());
    timers.jump();
    assert_eq!(timers.now(), start + SECOND);
}

#[test]
fn a_clock_runs_on_from_where_it_stood() {
    let timers = Timers::paused();
    let start = timers.now();
    timers.advance(1000 * SECOND).expect("it stands still");
    assert!(timers.resume());
    assert!(timers.now() >= start + 1000 * SECOND);
    assert_eq!(timers.advance(SECOND), Err(CannotMove::Runs));
    let _timer = arm(&timers, Deadline::At(timers.now() + 10 * SECOND), Waker::noop()).expect("open");
    let Wait::Until(real) = timers.wait() else { panic!("it runs") };
    assert!(real <= Instant::now() + 10 * SECOND, "in the machine's time");
    timers.pause();
    assert_eq!(timers.advance(Duration::MAX), Err(CannotMove::TooFar));
}

#[test]
fn a_timer_can_be_moved_and_given_another_waker() {
    let (timers, log) = (Timers::paused(), Log::default());
    let start = timers.now();
    let (mut first, is_first) = arm(&timers, Deadline::At(start + SECOND), &log.waker(1)).expect("open");
    assert!(is_first);
    let (mut second, is_first) = arm(&timers, Deadline::At(start + 2 * SECOND), &log.waker(2)).expect("open");
    assert!(!is_first);
    assert!(second.as_mut().update(&log.waker(22)));
    let later = Deadline::At(start + 3 * SECOND).nanos();
    assert_eq!(first.as_mut().move_to(later, nanos(start)), Some(false));
    timers.advance(2 * SECOND).expect("it stands still");
    assert_eq!(log.take(), [22]);
    assert!(!second.as_mut().update(Waker::noop()), "it has fired");
    second.as_mut().cancel();
    first.as_mut().cancel();
    timers.advance(2 * SECOND).expect("it stands still");
    assert!(log.take().is_empty());
    assert_eq!(timers.wait(), Wait::World);
}
