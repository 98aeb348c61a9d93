//! What else a simulated runtime is given.

use crate::common::{child, lock};
use crate::{says, turns};
use airmail::runtime::{Builder, Driver, Pick, Trouble};
use airmail::task::Runnable;
use airmail::time::{Duration, sleep};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::Instant;

/// The last one, or one behind the end.
struct Last(Arc<AtomicUsize>);

impl Pick for Last {
    fn pick(&mut self, ready: &VecDeque<Runnable>) -> usize {
        self.0.fetch_add(1, Relaxed);
        ready.len() + 3
    }
}

#[test]
fn a_pick_of_the_users() {
    let picks = Arc::new(AtomicUsize::new(0));
    let runtime = Builder::new_simulated(9).pick(Last(Arc::clone(&picks))).build().unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    runtime.block_on(async {
        let spawn = |n| {
            let order = Arc::clone(&order);
            airmail::spawn(async move { lock(&order).push(n) })
        };
        let tasks: Vec<_> = (0..4).map(spawn).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*lock(&order), [3, 2, 1, 0]);
    assert_eq!(picks.load(Relaxed), 4);
}

#[test]
fn a_hook_of_the_users() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&told);
    let runtime = Builder::new_simulated(1)
        .on_trouble(move |report| lock(&hears).push((report.trouble, report.task.id.to_string())))
        .build()
        .unwrap();
    runtime.block_on(async {
        drop(airmail::spawn(async { panic!("on purpose") }));
        drop(airmail::spawn(std::future::pending::<()>()));
        sleep(Duration::from_millis(1)).await;
    });
    let told = lock(&told).clone();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&(Trouble::Unobserved, "1".to_owned())), "{told:?}");
    assert!(told.contains(&(Trouble::Orphan, "2".to_owned())), "{told:?}");
}

struct Never;

impl Driver for Never {
    fn waker(&self) -> Waker {
        Waker::noop().clone()
    }

    fn park(&mut self, _: Option<Instant>) {
        unreachable!("a simulation does not wait");
    }
}

#[test]
fn a_driver_of_the_users_is_refused() {
    let mut builder = Builder::new_simulated(1);
    let error = builder.driver(Never).build().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    says(&error.to_string(), &["`Builder::driver`", "leave it out"]);
    // The next build has none, and each has a clock and numbers of its own.
    for _ in 0..2 {
        let runtime = builder.event_interval(1).start_paused(false).count_wakers(false).build().unwrap();
        runtime.block_on(async {
            assert_eq!(airmail::spawn(turns(200)).id().as_u64(), 1);
            sleep(Duration::from_secs(1)).await;
            assert_eq!(airmail::sim::Simulation::current().unwrap().elapsed(), Duration::from_secs(1));
        });
    }
}

/// A panic hook that was there before is called for panics outside of explorations, and not for those inside.
#[test]
fn panics_inside_are_for_the_report_only() {
    let test = "raw_given::panics_inside_are_for_the_report_only";
    let output = child::process(test, || {
        std::panic::set_hook(Box::new(|info| eprintln!("hooked: {}", info.payload_as_str().unwrap_or("?"))));
        let found = crate::failure(&airmail::sim::Sim::new(), || async {
            turns(2).await;
            assert!(airmail::spawn(crate::panics(0, "seen inside")).await.is_err());
            crate::panics(0, "of the body").await;
        });
        says(&found.to_string(), &["of the body", "panicked: task 2 (spawned at ", "seen inside"]);
        let _ = std::panic::catch_unwind(|| panic!("outside"));
    });
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    assert_eq!(text.trim(), "hooked: outside");
}
