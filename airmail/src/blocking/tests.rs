//! The pool by itself: shutdowns that do not wait for ever, and what must not stop a thread.

use super::crew::{Crew, Member, Submitted};
use super::pool::KEEP_ALIVE;
use super::{Job, Pool, Wait};
use crate::threads::{Kind, Threads};
use airmail_core::Meta;
use std::io;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// A job from a closure, which hears of a failed start too.
struct Errand<F>(F);

impl<F: FnOnce(Result<(), String>) + Send> Job for Errand<F> {
    fn meta(&self) -> Option<Meta> {
        None
    }

    fn run(self: Box<Self>) {
        (self.0)(Ok(()));
    }

    fn fail(self: Box<Self>, error: &io::Error) {
        (self.0)(Err(error.to_string()));
    }
}

fn submit(pool: &Pool, job: impl FnOnce(Result<(), String>) + Send + 'static) {
    pool.submit(Box::new(Errand(job)));
}

/// A job that has begun, and what ends it when it is dropped.
fn busy(pool: &Pool) -> mpsc::Sender<()> {
    let (go, wait) = mpsc::channel();
    let (begun, begins) = mpsc::channel();
    submit(pool, move |_| {
        begun.send(()).expect("the test listens");
        let _ = wait.recv();
    });
    begins.recv().expect("it begins");
    go
}

/// A shutdown that does not wait, or not for long enough, tells how many threads run something.
#[test]
fn a_shutdown_says_what_still_runs() {
    let pool = Pool::default();
    let going = [busy(&pool), busy(&pool)];
    assert_eq!(pool.shutdown(Wait::No), 2);
    assert_eq!(pool.shutdown(Wait::Until(Instant::now())), 2);
    let [first, second] = going;
    drop(first);
    while pool.shutdown(Wait::No) > 1 {
        thread::yield_now();
    }
    assert_eq!(pool.shutdown(Wait::Until(Instant::now() + Duration::from_millis(1))), 1);
    drop(second);
    assert_eq!(pool.shutdown(Wait::Until(Instant::now() + Duration::from_hours(1))), 0);
    assert_eq!(pool.shutdown(Wait::Forever), 0);
}

/// Idle threads run nothing.
#[test]
fn an_idle_thread_is_not_waited_for() {
    let pool = Pool::new(1, Duration::MAX, Threads::default());
    drop(busy(&pool));
    let (tell, told) = mpsc::channel();
    submit(&pool, move |_| tell.send(()).expect("the test listens"));
    told.recv().expect("it runs");
    while pool.shutdown(Wait::No) > 0 {
        thread::yield_now();
    }
    assert_eq!(pool.shutdown(Wait::Forever), 0);
}

/// After a shutdown, and in the queue before it, a job is dropped.
#[test]
fn jobs_of_a_pool_that_is_shut_down_are_dropped() {
    let pool = Pool::new(1, KEEP_ALIVE, Threads::default());
    let going = busy(&pool);
    let alive = Arc::new(());
    let (queued, late) = (Arc::clone(&alive), Arc::clone(&alive));
    submit(&pool, move |_| panic!("run, with {queued:?}"));
    assert_eq!(pool.shutdown(Wait::No), 1);
    submit(&pool, move |_| panic!("run, with {late:?}"));
    assert_eq!(Arc::strong_count(&alive), 1, "both are dropped");
    drop(going);
    assert_eq!(pool.shutdown(Wait::Forever), 0);
}

/// A job does not stop its thread, and neither does one that is dropped.
#[test]
fn a_thread_survives_a_job_that_panics() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in a drop, on purpose");
        }
    }
    let pool = Pool::new(1, Duration::MAX, Threads::default());
    let (tell, told) = mpsc::channel();
    for _ in 0..2 {
        let tell = tell.clone();
        submit(&pool, move |_| {
            tell.send(thread::current().id()).expect("the test listens");
            panic!("on purpose");
        });
    }
    assert_eq!(told.recv(), told.recv(), "the same thread");
    let going = busy(&pool);
    let panics = Panics;
    submit(&pool, move |_| drop(panics));
    assert_eq!(pool.shutdown(Wait::No), 1);
    drop(going);
    assert_eq!(pool.shutdown(Wait::Forever), 0);
}

/// A thread that was stopped by a panic is not counted any more, idle or at work.
#[test]
fn a_thread_that_is_stopped_is_given_up() {
    for jobs in 0..2 {
        let crew: Crew<u32, ()> = Crew::new(1, KEEP_ALIVE);
        let Submitted::Start(number) = crew.submit(1) else { panic!("it needs a thread") };
        crew.started(number, ());
        let mut member = Member::new(number);
        assert_eq!((0..jobs).map_while(|_| crew.next(&mut member)).count(), jobs);
        assert_eq!(crew.threads(), (1, 1 - jobs));
        crew.leave(&member);
        assert_eq!(crew.ended().len(), 1, "its handle");
        assert_eq!(crew.threads(), (0, 0));
        assert_eq!(crew.is_empty(), jobs == 1, "but for the job that nobody took");
        assert!(matches!(crew.submit(2), Submitted::Start(_)), "another thread is needed");
    }
}

/// A failed start is told to every job that relied on it.
#[test]
fn a_start_that_fails_is_told() {
    let refuse = Threads { start_fails: Some(Arc::new(|start| start == 1)), ..Threads::default() };
    let pool = Pool::new(1, KEEP_ALIVE, refuse);
    let (tell, told) = mpsc::channel();
    for _ in 0..2 {
        let tell = tell.clone();
        submit(&pool, move |result| tell.send(result).expect("the test listens"));
    }
    assert_eq!(told.recv(), Ok(Err("start 1 fails on request".to_owned())));
    assert_eq!(told.recv(), Ok(Ok(())));
    assert_eq!(pool.shutdown(Wait::Forever), 0);
}

/// Both hooks, the work, and what was entered first, in order; on any kind of thread.
#[test]
fn a_thread_does_things_in_order() {
    struct Last(Arc<Mutex<Vec<String>>>);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.lock().expect("no panic").push("last".to_owned());
        }
    }
    let said = Arc::new(Mutex::new(Vec::new()));
    let say = |text: &'static str| {
        let said = Arc::clone(&said);
        move || said.lock().expect("no panic").push(text.to_owned())
    };
    let threads = Threads {
        on_start: Some(Arc::new(say("start"))),
        on_stop: Some(Arc::new(say("stop"))),
        ..Threads::default()
    };
    let (own, work) = (Arc::clone(&said), Arc::clone(&said));
    let enter = move || Last(own);
    let thread = threads.start_inside(Kind::Blocking, enter, move |_| {
        work.lock().expect("no panic").push(thread::current().name().expect("named").to_owned());
    });
    assert!(thread.expect("started").join(None));
    assert_eq!(*said.lock().expect("no panic"), ["start", "airmail-blocking", "stop", "last"]);
    let (tell, told) = mpsc::channel();
    let worker = threads.start_inside(
        Kind::Worker,
        || (),
        move |()| {
            tell.send(thread::current().name().map(str::to_owned)).expect("the test listens");
        },
    );
    assert!(worker.expect("started").join(None));
    assert_eq!(told.recv(), Ok(Some("airmail-worker".to_owned())));
}
