//! The runtime's seams: another driver, another pick, a tracker.

use airmail::runtime::{Answer, Builder, Driver, Pick, Queue, Track, WokenBy};
use airmail::task::{Builder as Task, Meta, Outcome, Runnable};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};
use std::thread;
use std::time::Instant;

/// Parks on a channel, and counts how often it was asked to wait and to look.
struct Channel {
    calls: Receiver<()>,
    waker: Waker,
    waits: Arc<AtomicUsize>,
    looks: Arc<AtomicUsize>,
}

struct Call(Sender<()>);

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        // The runtime may be gone.
        let _ = self.0.send(());
    }
}

impl Channel {
    fn new() -> (Channel, Arc<AtomicUsize>, Arc<AtomicUsize>) {
        let (sender, calls) = mpsc::channel();
        let (waits, looks) = (Arc::default(), Arc::default());
        let waker = Waker::from(Arc::new(Call(sender)));
        let driver = Channel { calls, waker, waits: Arc::clone(&waits), looks: Arc::clone(&looks) };
        (driver, waits, looks)
    }
}

impl Driver for Channel {
    fn waker(&self) -> Waker {
        self.waker.clone()
    }

    fn park(&mut self, until: Option<Instant>) {
        match until {
            None => {
                self.waits.fetch_add(1, Ordering::SeqCst);
                self.calls.recv().expect("the driver has a sender of its own");
            }
            // Never a future time yet: nothing has a deadline.
            Some(past) => {
                assert!(past <= Instant::now());
                self.looks.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

/// A runtime with nothing to do waits in the driver once for each wake-up: it does not spin.
#[test]
fn an_idle_runtime_waits_in_its_driver() {
    let (driver, waits, _) = Channel::new();
    let runtime = Builder::new_current_thread().driver(driver).build().expect("valid");
    let (to_thread, wakers) = mpsc::channel::<Waker>();
    let watched = Arc::clone(&waits);
    let other = thread::spawn(move || {
        // The first wake-up comes when the runtime waits; the others when they come.
        let first = wakers.recv().expect("the task waits");
        let mut looks = 0;
        while watched.load(Ordering::SeqCst) == 0 && looks < 10_000_000 {
            looks += 1;
            thread::yield_now();
        }
        first.wake();
        wakers.into_iter().for_each(Waker::wake);
    });
    let mut polls = 0;
    let task = runtime.spawn(poll_fn(move |cx| {
        polls += 1;
        if polls > 10 {
            return Poll::Ready(());
        }
        to_thread.send(cx.waker().clone()).expect("the other thread listens");
        Poll::Pending
    }));
    runtime.block_on(task).expect("no panic");
    other.join().expect("no panic");
    let waits = waits.load(Ordering::SeqCst);
    // The spawn came from outside too.
    assert!((1..=11).contains(&waits), "eleven calls from outside, and {waits} waits");
}

/// A busy runtime looks at its driver after every `event_interval` polls.
#[test]
fn a_busy_runtime_looks_at_its_driver() {
    let (driver, waits, looks) = Channel::new();
    let runtime = Builder::new_current_thread().driver(driver).event_interval(7).build().expect("valid");
    let mut left = 700;
    let task = runtime.spawn(poll_fn(move |cx| {
        left -= 1;
        cx.waker().wake_by_ref();
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    }));
    runtime.block_on(task).expect("no panic");
    assert_eq!(waits.load(Ordering::SeqCst), 0, "there was always something to do");
    assert_eq!(looks.load(Ordering::SeqCst), 100);
}

struct LastIn;

impl Pick for LastIn {
    fn pick(&mut self, _ready: &VecDeque<Runnable>) -> usize {
        usize::MAX
    }
}

/// Counts how often each of a pick's methods was called.
#[derive(Clone, Default)]
struct Counting(Arc<[AtomicUsize; 3]>);

impl Counting {
    fn count(&self, method: usize) {
        self.0[method].fetch_add(1, Ordering::SeqCst);
    }
}

impl Pick for Counting {
    fn prepare(&mut self) {
        self.count(0);
    }

    fn pick(&mut self, _ready: &VecDeque<Runnable>) -> usize {
        self.count(1);
        0
    }

    fn waker(&mut self, own: &Waker) -> Option<Waker> {
        self.count(2);
        Some(own.clone())
    }
}

/// Also before the poll of a task that is the only one, and also if a simulation stands between.
#[test]
fn a_pick_is_asked_before_each_poll() {
    for mut builder in [Builder::new_current_thread(), Builder::new_simulated(7)] {
        let pick = Counting::default();
        let runtime = builder.pick(pick.clone()).build().expect("valid");
        runtime.block_on(async {
            airmail::spawn(airmail::task::yield_now()).await.expect("no panic");
        });
        let counts = [0, 1, 2].map(|method| pick.0[method].load(Ordering::SeqCst));
        assert!(counts[0] >= 2, "{counts:?}");
        assert_eq!(counts[1..], [2, 2]);
    }
}

/// Its waker cannot be made, or panics when it is dropped.
struct Clumsy {
    makes: bool,
}

struct PanicsInDrop;

impl Wake for PanicsInDrop {
    fn wake(self: Arc<Self>) {}
}

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("on purpose, in the drop of a waker");
    }
}

impl Pick for Clumsy {
    fn pick(&mut self, _ready: &VecDeque<Runnable>) -> usize {
        0
    }

    fn waker(&mut self, _own: &Waker) -> Option<Waker> {
        assert!(self.makes, "on purpose, in place of a waker");
        Some(Waker::from(Arc::new(PanicsInDrop)))
    }
}

/// A pick that panics costs the task its poll, and nobody their end: the runtime's drop does not wait for it.
#[test]
fn a_pick_whose_waker_panics_loses_no_task() {
    let runtime = Builder::new_current_thread().pick(Clumsy { makes: false }).build().expect("valid");
    let mut task = runtime.spawn(async {});
    let panic = catch_unwind(AssertUnwindSafe(|| runtime.block_on(&mut task))).expect_err("the pick's panic");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose, in place of a waker"));
    assert!(runtime.block_on(task).expect_err("not polled").is_cancelled());

    let runtime = Builder::new_current_thread().pick(Clumsy { makes: true }).build().expect("valid");
    let task = runtime.spawn(async { 5 });
    assert_eq!(runtime.block_on(task).expect("it was polled"), 5);
}

/// Another pick changes the order and nothing else.
#[test]
fn another_pick_changes_the_order() {
    let runtime = Builder::new_current_thread().pick(LastIn).build().expect("valid");
    let order = Arc::new(Mutex::new(Vec::new()));
    runtime.block_on(async {
        let tasks: Vec<_> = (0..5)
            .map(|n| {
                let order = Arc::clone(&order);
                airmail::spawn(async move { order.lock().expect("no panic").push(n) })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    assert_eq!(*order.lock().expect("no panic"), [4, 3, 2, 1, 0]);
}

/// Writes down what it is told.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, task: &Meta, what: &str) {
        self.0.lock().expect("no panic").push(format!("{} {what}", task.name.unwrap_or("?")));
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

impl Track for Log {
    fn spawned(&self, task: &Meta) {
        self.note(task, "spawned");
    }

    fn queued(&self, task: &Meta, queue: Queue) {
        self.note(task, &format!("queued {queue:?}"));
    }

    fn polled(&self, task: &Meta, worker: usize, answer: Answer) {
        self.note(task, &format!("polled by {worker}: {answer:?}"));
    }

    fn woken(&self, task: &Meta, by: WokenBy) {
        let by = match by {
            WokenBy::Task(by) => by.name.unwrap_or("?"),
            WokenBy::Outside => "outside",
        };
        self.note(task, &format!("woken by {by}"));
    }

    fn finished(&self, task: &Meta, outcome: Outcome) {
        self.note(task, &format!("finished {outcome:?}"));
    }
}

/// Every step of two tasks, in the order in which it happens.
#[test]
fn a_tracker_hears_every_step() {
    let log = Log::default();
    let runtime = Builder::new_current_thread().track(log.clone()).build().expect("valid");
    runtime.block_on(async {
        let child = Task::new().name("child").spawn(airmail::task::yield_now()).expect("spawned");
        let parent = Task::new().name("parent").spawn(async { child.await.is_ok() }).expect("spawned");
        assert!(parent.await.expect("no panic"));
    });
    let expected = [
        "child spawned",
        "child queued Local",
        "parent spawned",
        "parent queued Local",
        "child polled by 0: Yielded",
        "child queued Local",
        "parent polled by 0: Pending",
        "child polled by 0: Ready",
        "child finished Completed",
        "parent woken by child",
        "parent queued Local",
        "parent polled by 0: Ready",
        "parent finished Completed",
    ];
    assert_eq!(log.take(), expected);
}

/// Spawns and wakes from outside go through the inbox; a panic and an abort are told as such.
#[test]
fn a_tracker_hears_of_outsiders_and_of_other_ends() {
    let log = Log::default();
    let runtime = Builder::new_current_thread().track(log.clone()).on_trouble(|_| ()).build().expect("valid");
    let named = |name| Task::new().name(name);
    let handle = runtime.handle().clone();
    let panics = named("panics").spawn_on(async { panic!("on purpose") }, &handle).expect("spawned");
    let aborted = named("aborted").spawn_on(std::future::pending::<()>(), &handle).expect("spawned");
    assert!(runtime.block_on(panics).expect_err("it panics").is_panic());
    aborted.abort();
    assert!(runtime.block_on(aborted).expect_err("it is aborted").is_cancelled());
    let expected = [
        "panics spawned",
        "panics queued Inbox",
        "aborted spawned",
        "aborted queued Inbox",
        "panics polled by 0: Ready",
        "panics finished Panicked",
        "aborted polled by 0: Pending",
        "aborted woken by outside",
        "aborted queued Inbox",
        "aborted finished Cancelled",
    ];
    assert_eq!(log.take(), expected);
}

/// The future of a `block_on` has a place like any task: of two that yield, neither is polled twice in a row.
#[test]
fn a_root_and_a_task_take_turns() {
    let order = Arc::new(Mutex::new(String::new()));
    let note = |who| order.lock().expect("no panic").push(who);
    let yielder = |who: char| {
        let order = Arc::clone(&order);
        async move {
            for _ in 0..5 {
                order.lock().expect("no panic").push(who);
                airmail::task::yield_now().await;
            }
        }
    };
    let runtime = Builder::new_current_thread().build().expect("valid");
    runtime.block_on(async {
        let tasks = [airmail::spawn(yielder('a')), airmail::spawn(yielder('b'))];
        for _ in 0..5 {
            note('.');
            airmail::task::yield_now().await;
        }
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    assert_eq!(*order.lock().expect("no panic"), ".ab.ab.ab.ab.ab");
}

/// The driver is asked also while nothing but the root is due: a root that yields until an event comes would wait for
/// it in vain.
#[test]
fn a_driver_is_asked_while_the_root_yields() {
    let (driver, _, looks) = Channel::new();
    let runtime =
        Builder::new_current_thread().event_interval(7).driver(driver).build().expect("valid choices");
    let turns = runtime.block_on(async {
        let mut turns = 0;
        while looks.load(Ordering::SeqCst) < 3 && turns < 10_000 {
            turns += 1;
            airmail::task::yield_now().await;
        }
        turns
    });
    assert_eq!(turns, 3 * 7, "asked after every seven polls");
}
