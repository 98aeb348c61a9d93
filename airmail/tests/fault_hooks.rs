//! Faults of foreign code that panics: wakers, hooks, seams. Rows P6, P7 and P9 of the catalogue
//! (`catalogue.md`).

mod common;

use airmail::runtime::{Builder, Trouble};
use airmail::task::{Id, JoinHandle};
use common::foreign::Foreign;
use common::{
    Drops, Gate, PanicsInDrop, Troubles, bad_drop, child, end, lock, outcome, panic_of, runtime, still_works,
    turns,
};
use std::future::{Future, pending};
use std::panic::panic_any;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

// ---- P6: foreign wakers that panic ----

/// P6: the waker of a joiner panics when it is woken: the task is complete all the same, the trouble is
/// reported with the task's name, and other joiners hear.
#[test]
fn p6_a_foreign_wake_panics_at_completion() {
    let troubles = Troubles::default();
    let runtime = troubles.runtime(true);
    let (gate, foreign) = (Gate::new(), Foreign::new().on_wake(|| panic!("in wake")));
    let mut task = runtime.spawn(gate.wait());
    let id = task.id();
    let other = runtime.spawn(gate.wait());
    assert!(pin!(&mut task).poll(&mut Context::from_waker(&foreign.waker())).is_pending());
    gate.open();
    runtime.block_on(other).expect("the other joiner hears");
    outcome(&mut task).expect("complete all the same");
    let [(Trouble::JoinWaker, name, message)] = &troubles.all()[..] else { panic!("{:?}", troubles.all()) };
    assert!(name.contains(&id.to_string()) && message == "in wake", "{name}: {message}");
    assert_eq!(foreign.counts().wakes, 1);
    drop(task);
    assert_eq!(foreign.alive(), 0);
    still_works(&runtime);
    end(runtime);
}

/// P6: a waker that panics when it is cloned panics at who polls the handle; the waker that was registered
/// before stays, and is woken.
#[test]
fn p6_a_foreign_clone_panics_at_register() {
    let (runtime, gate) = (runtime(), Gate::new());
    let mut task = runtime.spawn(gate.wait());
    let good = Foreign::new();
    assert!(pin!(&mut task).poll(&mut Context::from_waker(&good.waker())).is_pending());
    let bad = Foreign::new().on_clone(|| panic!("in clone"));
    let waker = bad.waker();
    let message = panic_of(|| {
        let pending = pin!(&mut task).poll(&mut Context::from_waker(&waker)).is_pending();
        panic!("no clone was needed, and it was pending: {pending}")
    });
    assert_eq!(message, "in clone");
    drop(waker);
    assert_eq!(bad.alive(), 0, "no copy is left behind");
    let known = good.counts().wakes;
    gate.open();
    runtime.block_on(turns(3));
    assert_eq!((known, good.counts().wakes), (0, 1), "the old waker was kept");
    outcome(&mut task).expect("it answered");
    end(runtime);
}

/// P6: a waker that panics when it is dropped, as the handle gives its outcome: the output must not be lost
/// with it.
#[test]
fn p6_a_foreign_drop_panics_as_the_handle_answers() {
    let (runtime, drops, gate) = (runtime(), Drops::new(), Gate::new());
    let (guard, wait) = (drops.guard(), gate.wait());
    let mut task = runtime.spawn(async move {
        wait.await;
        guard
    });
    let armed = Arc::new(Mutex::new(false));
    let arm = Arc::clone(&armed);
    let foreign = Foreign::new().on_drop(move || assert!(!std::mem::take(&mut *lock(&arm)), "in drop"));
    let waker = foreign.waker();
    assert!(pin!(&mut task).poll(&mut Context::from_waker(&waker)).is_pending());
    gate.open();
    runtime.block_on(turns(3));
    *lock(&armed) = true;
    drop(outcome(&mut task).expect("the panic is reported, and the output comes through"));
    drop(task);
    assert!(!*lock(&armed), "the copy in the handle was dropped");
    drops.assert_each_once(1);
    assert_eq!(runtime.handle().tasks().len(), 0, "the slot was given back");
    end(runtime);
}

// ---- P7: hooks that panic ----

/// P7: the hook that hears of troubles panics, with a payload whose drop panics too: nobody else is hit.
#[test]
fn p7_the_trouble_hook_panics() {
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let runtime = Builder::new_current_thread()
        .on_trouble(move |_| {
            *lock(&counted) += 1;
            panic_any(PanicsInDrop("the hook's payload"));
        })
        .build()
        .expect("valid");
    drop(runtime.spawn(async { panic!("unobserved") }));
    let ready = runtime.spawn(bad_drop(Poll::Ready(7), "in the drop"));
    assert_eq!(runtime.block_on(ready).expect("delivered"), 7);
    drop(runtime.spawn(async { PanicsInDrop("an output") }));
    runtime.block_on(turns(3));
    assert_eq!(*lock(&calls), 3);
    still_works(&runtime);
    drop(runtime);
}

/// P7: a panic in the choice of the next task comes out of `block_on`; the runtime stays usable and has lost no
/// task.
#[test]
fn p7_the_pick_panics() {
    struct Bad(bool);
    impl airmail::runtime::Pick for Bad {
        fn pick(&mut self, _: &std::collections::VecDeque<airmail::task::Runnable>) -> usize {
            assert!(std::mem::replace(&mut self.0, true), "in pick");
            usize::MAX
        }
    }
    let runtime = Builder::new_current_thread().pick(Bad(false)).build().expect("valid");
    let task = runtime.spawn(async { 7 });
    assert_eq!(panic_of(|| runtime.block_on(turns(2))), "in pick");
    assert_eq!(runtime.block_on(task).expect("it is still there"), 7);
    still_works(&runtime);
    end(runtime);
}

/// P7: a panic while an iterator makes the futures of many spawns: those spawned before run.
#[test]
fn p7_the_iterator_of_many_spawns_panics() {
    let (runtime, drops) = (runtime(), Drops::new());
    let futures = (0..10).map(|n| {
        assert!(n < 5, "in the iterator");
        drops.wrap(async {})
    });
    let message = panic_of(|| futures.for_each(|future| drop(runtime.spawn(future))));
    assert_eq!(message, "in the iterator");
    runtime.block_on(turns(6));
    drops.assert_each_once(5);
    end(runtime);
}

// ---- P9: who looks while a panic is under way ----

/// P9: a panic hook may ask the runtime whatever it likes while a task panics: no lock of the runtime's is held
/// then. (The build with `panic=abort` is a second profile of the CI; nothing of the crate unwinds on its own.)
#[test]
fn p9_a_panic_hook_looks_at_the_runtime() {
    child::must_succeed("p9_a_panic_hook_looks_at_the_runtime", || {
        let runtime = runtime();
        let (handle, seen) = (runtime.handle().clone(), Arc::new(Mutex::new(Vec::new())));
        let told = Arc::clone(&seen);
        std::panic::set_hook(Box::new(move |_| {
            lock(&told).push((handle.tasks().len(), airmail::task::try_id()));
            drop(handle.spawn(async {}));
        }));
        let task: JoinHandle<()> = runtime.spawn(async { panic!("boom") });
        let id = task.id();
        assert!(runtime.block_on(task).expect_err("it panicked").is_panic());
        assert_eq!(*lock(&seen), [(1, Some(id))]);
        let waits = runtime.spawn(drops_badly());
        thread::spawn(move || drop(waits)).join().expect("no panic");
        drop(runtime);
        let _ = std::panic::take_hook();
        assert_eq!(lock(&seen).len(), 2);
    });
}

fn drops_badly() -> impl Future<Output = ()> + Send {
    let bad = PanicsInDrop("at shutdown");
    async move {
        let _bad = bad;
        pending::<()>().await;
    }
}

/// A joiner's waker that takes the outcome then and there, and asks which task it runs in.
struct Taker {
    handle: Mutex<Option<JoinHandle<u8>>>,
    /// What `try_id` said, each time.
    current: Mutex<Vec<Option<Id>>>,
}

impl Wake for Taker {
    fn wake(self: Arc<Self>) {
        let mut handle = self.handle.lock().expect("no panic").take().expect("woken once");
        let poll = Pin::new(&mut handle).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Ready(Ok(7))));
        self.current.lock().expect("no panic").push(airmail::task::try_id());
    }
}

/// Once the outcome is taken the slot is free: the ended task is not the current one any more, and neither is
/// whatever the slot holds next.
#[test]
fn a_task_whose_outcome_is_taken_is_not_current() {
    let runtime = Builder::new_current_thread().build().expect("valid");
    let handle = runtime.spawn(async { 7 });
    let taker = Arc::new(Taker { handle: Mutex::new(None), current: Mutex::default() });
    let waker = Waker::from(Arc::clone(&taker));
    let mut handle = handle;
    assert!(Pin::new(&mut handle).poll(&mut Context::from_waker(&waker)).is_pending());
    *taker.handle.lock().expect("no panic") = Some(handle);
    runtime.block_on(airmail::task::yield_now());
    assert_eq!(*taker.current.lock().expect("no panic"), [None]);
}
