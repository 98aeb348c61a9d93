//! `#[airmail::test]` and `#[airmail::main]` as their users write them. What they become, and their errors, are tested
//! in `macros/src/tests`; errors of the compiler in `does_not_compile/`.

#[path = "common/child.rs"]
#[allow(dead_code, reason = "a part is used")]
mod child;
use airmail::task::{LocalSet, spawn_local, yield_now};
use airmail::time::{Duration, Instant, sleep};
use std::cell::Cell;
use std::future::pending;
use std::num::ParseIntError;
use std::process::{ExitCode, Termination};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::{self, ThreadId};

#[airmail::test]
async fn spawn_and_spawn_local_both_work() {
    let count = Rc::new(Cell::new(0));
    let local = spawn_local({
        let count = count.clone();
        async move { count.set(count.get() + 1) }
    });
    let letter = airmail::spawn(async { 2 });
    local.await.unwrap();
    assert_eq!((count.get(), letter.await.unwrap()), (1, 2));
}

#[airmail::test]
async fn a_result_may_be_returned() -> Result<(), ParseIntError> {
    yield_now().await;
    let seven: u32 = "7".parse()?;
    assert_eq!(seven, 7);
    Ok(())
}

#[airmail::test]
async fn whatever_ends_a_program_may_be_returned() -> impl Termination {
    yield_now().await;
    ExitCode::SUCCESS
}

#[airmail::test]
#[should_panic = "lost"]
async fn should_panic_is_kept() {
    airmail::spawn(async { panic!("lost") }).await.unwrap_or_else(|error| {
        std::panic::resume_unwind(error.into_panic());
    });
}

#[airmail::test]
#[cfg(any())]
async fn cfg_is_kept() {
    this_is_not_compiled();
}

#[airmail::test(flavor = "current_thread", crate = "airmail")]
async fn options_of_tokio_are_taken() {
    yield_now().await;
}

/// Which thread runs a task.
async fn thread_of_a_task() -> ThreadId {
    airmail::spawn(async { thread::current().id() }).await.unwrap()
}

/// Keeps a worker of a runtime until another one has run a task: goes on for ever if there is no other.
async fn two_workers_at_once() {
    let (first, second) = (mpsc::channel(), mpsc::channel());
    let one = airmail::spawn(async move {
        first.0.send(thread::current().id()).unwrap();
        second.1.recv().unwrap()
    });
    let other = airmail::spawn(async move {
        second.0.send(thread::current().id()).unwrap();
        first.1.recv().unwrap()
    });
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    assert_ne!(one, other);
    assert!(one != thread::current().id() && other != thread::current().id());
}

const TWO: usize = 2;

#[airmail::test(flavor = "multi_thread", worker_threads = TWO)]
async fn workers_run_the_tasks_of_a_test() {
    two_workers_at_once().await;
}

#[airmail::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_test_has_as_many_workers_as_it_says() -> Result<(), ParseIntError> {
    let here = thread::current().id();
    let worker = thread_of_a_task().await;
    assert_ne!(worker, here, "not on the thread of the test");
    for _ in 0..50 {
        assert_eq!(thread_of_a_task().await, worker);
    }
    "7".parse::<u32>().map(|_| ())
}

#[airmail::test(flavor = "local", start_paused = true)]
async fn a_test_may_be_local_by_name() {
    assert_eq!(spawn_local(async { thread::current().id() }).await.unwrap(), thread::current().id());
}

#[airmail::main(worker_threads = 2)]
async fn on_workers() -> Result<&'static str, ParseIntError> {
    two_workers_at_once().await;
    let _: u32 = "7".parse()?;
    Ok("whatever it returns")
}

#[airmail::main]
async fn with_defaults() -> (ThreadId, ThreadId) {
    (thread::current().id(), thread_of_a_task().await)
}

#[airmail::main(flavor = "current_thread", start_paused = true)]
async fn on_one_thread() -> (ThreadId, Duration) {
    let start = Instant::now();
    sleep(Duration::from_hours(1)).await;
    (thread_of_a_task().await, start.elapsed())
}

#[airmail::main(flavor = "local", crate = "elsewhere::renamed")]
async fn on_a_local_runtime() -> Rc<Cell<u32>> {
    let (count, copy) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    count.set(spawn_local(async move { copy.get() + 7 }).await.unwrap());
    count
}

/// A main function that is not the program's is called as any other.
#[std::prelude::v1::test]
fn each_flavor_of_main_runs_tasks_where_it_says() {
    assert_eq!(on_workers(), Ok("whatever it returns"));
    let here = thread::current().id();
    let (body, task) = with_defaults();
    assert_eq!(body, here);
    assert_ne!(task, here);
    assert_eq!(on_one_thread(), (here, Duration::from_hours(1)));
    assert_eq!(on_a_local_runtime().get(), 7);
}

#[airmail::main(worker_threads = 2)]
async fn ends_by_a_panic() {
    airmail::spawn(pending::<()>());
    panic!("lost")
}

#[std::prelude::v1::test]
#[should_panic = "lost"]
fn a_panic_of_main_goes_to_its_caller() {
    ends_by_a_panic();
}

mod elsewhere {
    pub(crate) use airmail as renamed;
}

#[airmail::test(crate = "elsewhere::renamed")]
async fn airmail_may_be_elsewhere() {}

/// The names that the macro makes up are not those of the program.
#[airmail::test]
async fn runtime() {
    const BODY: u32 = 1;
    let body = BODY;
    assert_eq!(body, 1);
}

#[airmail::test]
async fn body() {}

#[airmail::test]
async fn r#match() {}

#[airmail::test]
async fn a_set_runs_inside() {
    let set = LocalSet::new();
    let letter = set.run_until(async { spawn_local(async { 3 }).await.unwrap() });
    assert_eq!(letter.await, 3);
}

/// Imported, its name hides that of the standard library's attribute, which it expands to.
mod imported {
    use airmail::test;

    #[test]
    async fn works_too() {}
}

/// Where a macro writes the options, their values come in invisible groups.
macro_rules! made {
    ($name:ident, $flavor:expr, $body:block) => {
        #[airmail::test(flavor = $flavor)]
        async fn $name() $body
    };
}

made!(made_by_a_macro, "current_thread", {
    yield_now().await;
});

thread_local! {
    static DROPS: Cell<u32> = const { Cell::new(0) };
}

struct CountsDrop;

impl Drop for CountsDrop {
    fn drop(&mut self) {
        DROPS.set(DROPS.get() + 1);
    }
}

#[airmail::test]
async fn leaves_tasks() {
    let (one, two) = (CountsDrop, CountsDrop);
    spawn_local(async move {
        pending::<()>().await;
        drop(one);
    });
    airmail::spawn(async move {
        pending::<()>().await;
        drop(two);
    });
    yield_now().await;
}

/// A test's runtime goes with it, and takes along what is left.
#[std::prelude::v1::test]
fn tasks_that_are_left_are_dropped() {
    leaves_tasks();
    assert_eq!(DROPS.get(), 2);
}

#[std::prelude::v1::test]
fn the_harness_knows_them() {
    let program = std::env::current_exe().expect("a test is a program");
    let list = std::process::Command::new(program).args(["--list", "--format=terse"]).output();
    let list = String::from_utf8(list.expect("it runs").stdout).expect("text");
    for name in ["imported::works_too", "made_by_a_macro", "r#match", "runtime"] {
        assert!(list.contains(&format!("{name}: test")), "{name}\n{list}");
    }
    assert!(!list.contains("cfg_is_kept"), "{list}");
}

/// What a program with a grace says on stderr as it ends with a function that does not return, and a poll that does not:
/// it does not hang.
mod with_a_grace {
    use super::{child, sleep};
    use airmail::time::Duration;
    use std::sync::mpsc;

    #[airmail::main(grace = "10ms", worker_threads = 1)]
    async fn leaves_two() {
        let (hold, wait) = mpsc::channel::<()>();
        let (begin, begun) = mpsc::channel();
        let began = begin.clone();
        airmail::task::spawn_blocking(move || {
            drop(began);
            wait.recv()
        });
        let (hold_poll, wait_poll) = mpsc::channel::<()>();
        airmail::task::Builder::new()
            .name("stubborn")
            .spawn(async move {
                drop(begin);
                let _ = wait_poll.recv();
            })
            .expect("valid");
        let begun: Result<(), _> = begun.recv();
        begun.expect_err("both have begun");
        std::mem::forget((hold, hold_poll));
    }

    #[airmail::main(grace = "10ms")]
    async fn leaves_nothing() -> u32 {
        airmail::spawn(sleep(Duration::from_hours(1)));
        7
    }

    fn errors_of(test: &str, inside: impl FnOnce()) -> String {
        let output = child::process(test, inside);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}\n{errors}", output.status);
        errors
    }

    #[test]
    fn what_is_left_is_said() {
        let errors = errors_of("with_a_grace::what_is_left_is_said", leaves_two);
        assert!(errors.contains("airmail: the runtime ended in "), "{errors}");
        assert!(
            errors.contains("\n  still running: task ") && errors.contains("\"stubborn\" (spawned at "),
            "{errors}"
        );
        assert!(errors.contains("\n  still running: function of task "), "{errors}");
    }

    #[test]
    fn nothing_is_left() {
        let errors = errors_of("with_a_grace::nothing_is_left", || assert_eq!(leaves_nothing(), 7));
        assert!(!errors.contains("airmail"), "{errors}");
    }
}
