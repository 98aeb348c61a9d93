//! A driver of one's own, in which one of the workers waits.

use crate::common::{Gate, lock};
use crate::{builder, until, watchdog};
use airmail::runtime::Driver;
use airmail::time::{Duration, Instant, sleep};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Wake, Waker};
use std::thread;

/// Waits on a condition variable, and counts what it is asked.
#[derive(Default)]
struct State {
    called: Mutex<bool>,
    news: Condvar,
    parks: AtomicUsize,
    inside: AtomicUsize,
}

struct Own {
    state: Arc<State>,
    panics: bool,
}

impl Wake for State {
    fn wake(self: Arc<Self>) {
        *lock(&self.called) = true;
        self.news.notify_one();
    }
}

impl Driver for Own {
    fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.state))
    }

    fn park(&mut self, until: Option<std::time::Instant>) {
        let state = &self.state;
        assert_eq!(state.inside.fetch_add(1, SeqCst), 0, "one worker at a time");
        state.parks.fetch_add(1, SeqCst);
        let mut called = lock(&state.called);
        while !*called {
            let left = until.map(|until| until.saturating_duration_since(std::time::Instant::now()));
            match left {
                Some(left) if left.is_zero() => break,
                Some(left) => called = state.news.wait_timeout(called, left).expect("no panic under it").0,
                None => called = state.news.wait(called).expect("no panic under it"),
            }
        }
        *called = false;
        drop(called);
        state.inside.fetch_sub(1, SeqCst);
        assert!(!self.panics, "on purpose, in the driver");
    }
}

/// One worker waits in the driver, the others beside it: all are woken, and timers fire. A driver that panics at the end
/// of each wait ends no worker.
#[test]
fn one_worker_waits_in_the_driver() {
    for (workers, panics) in [(1, false), (2, false), (8, false), (1, true), (2, true), (8, true)] {
        let _watchdog = watchdog(&format!("one_worker_waits_in_the_driver, {workers} workers"));
        let state = Arc::<State>::default();
        let own = Own { state: Arc::clone(&state), panics };
        let runtime = builder(workers).driver(own).build().expect("valid");
        for _ in 0..10 {
            until(|| state.inside.load(SeqCst) == 1);
            let gates: Vec<_> = (0..2 * workers).map(|_| Gate::new()).collect();
            let tasks: Vec<_> = gates.iter().map(|gate| runtime.spawn(gate.wait())).collect();
            thread::scope(|scope| gates.iter().for_each(|gate| drop(scope.spawn(|| gate.open()))));
            tasks.into_iter().for_each(|task| runtime.block_on(task).expect("woken"));
            let start = Instant::now();
            runtime.block_on(runtime.spawn(sleep(Duration::from_millis(1)))).expect("no panic");
            assert!(start.elapsed() >= Duration::from_millis(1));
        }
        // A driver is not asked before there is nothing to do.
        assert!(state.parks.load(SeqCst) > 0);
        crate::end(runtime);
        assert_eq!(Arc::strong_count(&state), 1, "the driver is gone");
    }
}

/// A waker that panics when it is used, and wakes all the same.
struct Rude(Arc<State>);

impl Wake for Rude {
    fn wake(self: Arc<Self>) {
        Arc::clone(&self.0).wake();
        panic!("on purpose, in the driver's waker");
    }
}

struct RudeDriver(Own);

impl Driver for RudeDriver {
    fn waker(&self) -> Waker {
        Waker::from(Arc::new(Rude(Arc::clone(&self.0.state))))
    }

    fn park(&mut self, until: Option<std::time::Instant>) {
        self.0.park(until);
    }
}

/// A driver's waker that panics ends neither a worker nor the drop of the runtime.
#[test]
fn the_waker_of_the_driver_panics() {
    for workers in [1, 2] {
        let _watchdog = watchdog(&format!("the_waker_of_the_driver_panics, {workers} workers"));
        let state = Arc::<State>::default();
        let rude = RudeDriver(Own { state: Arc::clone(&state), panics: false });
        let runtime = builder(workers).driver(rude).build().expect("valid");
        for _ in 0..10 {
            until(|| state.inside.load(SeqCst) == 1);
            let tasks: Vec<_> = (0..2 * workers).map(|n| runtime.spawn(async move { n })).collect();
            for (n, task) in tasks.into_iter().enumerate() {
                assert_eq!(runtime.block_on(task).expect("it runs"), n);
            }
            runtime.block_on(runtime.spawn(sleep(Duration::from_millis(1)))).expect("no panic");
        }
        crate::end(runtime);
    }
}
