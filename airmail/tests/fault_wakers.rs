//! Faults of wakers: rows W1 to W6 of the catalogue (`catalogue.md`).

mod common;

use airmail::runtime::{Builder, Handle, LocalOptions, Runtime};
use airmail::task::{self, LocalSet};
use common::foreign::Foreign;
use common::{Drops, Gate, end, local_runtime, lock, outcome, panic_of, run, run_local, runtime, turns};
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};

/// Everything that can be done with a waker.
fn use_up(waker: Waker) {
    waker.wake_by_ref();
    let copy = waker.clone();
    assert!(copy.will_wake(&waker));
    copy.wake();
    drop(waker.clone());
    waker.wake();
}

/// A task that gives its waker away and then waits for `gate`.
fn leaks_its_waker(gate: &Gate, wakers: &mpsc::Sender<Waker>) -> impl Future<Output = ()> + Send + use<> {
    let (gate, wakers) = (gate.clone(), wakers.clone());
    poll_fn(move |cx| {
        let _ = wakers.send(cx.waker().clone());
        gate.poll(cx)
    })
}

// ---- W1, W2: too late ----

/// W1: a waker that is used after its task ended does nothing: not to the task, and not to the tasks that now
/// live in its slot, which must not be polled more often than they asked for.
#[test]
fn w1_a_waker_used_after_completion_does_nothing() {
    for count_wakers in [false, true] {
        let runtime = Builder::new_current_thread().count_wakers(count_wakers).build().expect("valid");
        let (sender, wakers) = mpsc::channel();
        let (gate, polls) = (Gate::new(), Arc::new(AtomicUsize::new(0)));
        runtime.block_on(async {
            let task = airmail::spawn(leaks_its_waker(&gate, &sender));
            turns(1).await;
            gate.open();
            task.await.expect("it answers");
            // Successors take the slot over, if it is free.
            let successors: Vec<_> = (0..64)
                .map(|_| {
                    let (gate, polls) = (Gate::new(), Arc::clone(&polls));
                    airmail::spawn(poll_fn(move |cx| {
                        polls.fetch_add(1, SeqCst);
                        gate.poll(cx)
                    }))
                })
                .collect();
            turns(70).await;
            wakers.try_iter().for_each(use_up);
            turns(70).await;
            assert_eq!(polls.load(SeqCst), 64, "each was polled once");
            successors.iter().for_each(task::JoinHandle::abort);
            for successor in successors {
                assert!(successor.await.expect_err("aborted").is_cancelled());
            }
        });
        end(runtime);
    }
}

/// W2: a waker that is used after its runtime is gone does nothing, from any thread, and keeps no future alive.
#[test]
fn w2_a_waker_used_after_the_runtime_is_gone_does_nothing() {
    for count_wakers in [false, true] {
        let runtime = Builder::new_current_thread().count_wakers(count_wakers).build().expect("valid");
        let drops = Drops::new();
        let (sender, wakers) = mpsc::channel();
        let task = runtime.spawn(drops.wrap(leaks_its_waker(&Gate::new(), &sender)));
        runtime.block_on(turns(2));
        let handle = runtime.handle().clone();
        drop(runtime);
        drops.assert_each_once(1);
        let waker = wakers.recv().expect("the poll gave it");
        let other = waker.clone();
        use_up(waker);
        thread::spawn(move || use_up(other)).join().expect("no panic");
        assert_eq!(handle.metrics().num_alive_tasks(), 0);
        assert!(task.is_finished());
    }
}

/// W2: the waker of a `block_on` that ended does nothing, also while the same runtime is in another `block_on`.
#[test]
fn w2_the_waker_of_a_block_on_that_ended() {
    let runtime = runtime();
    let waker = runtime.block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
    let polls = Cell::new(0);
    runtime.block_on(async {
        let mut next = pin!(poll_fn(|_| {
            polls.set(polls.get() + 1);
            if polls.get() == 2 { Poll::Ready(()) } else { Poll::Pending }
        }));
        poll_fn(|cx| {
            let other = waker.clone();
            use_up(waker.clone());
            thread::spawn(move || use_up(other)).join().expect("no panic");
            cx.waker().wake_by_ref();
            next.as_mut().poll(cx)
        })
        .await;
    });
    use_up(waker);
    assert_eq!(polls.get(), 2);
    end(runtime);
}

// ---- W3: local tasks and foreign threads ----

/// Panics unless it is polled and dropped by the thread that made it.
struct StaysHere {
    thread: ThreadId,
    gate: Gate,
    not_send: Rc<()>,
    dropped: Rc<Cell<usize>>,
}

impl StaysHere {
    fn new(gate: &Gate, dropped: &Rc<Cell<usize>>) -> StaysHere {
        let (gate, dropped) = (gate.clone(), Rc::clone(dropped));
        StaysHere { thread: thread::current().id(), gate, not_send: Rc::new(()), dropped }
    }
}

impl Future for StaysHere {
    type Output = ();

    fn poll(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        assert_eq!(thread::current().id(), self.thread, "polled on another thread");
        assert_eq!(Rc::strong_count(&self.not_send), 1);
        self.gate.poll(cx)
    }
}

impl Drop for StaysHere {
    fn drop(&mut self) {
        assert_eq!(thread::current().id(), self.thread, "dropped on another thread");
        self.dropped.set(self.dropped.get() + 1);
    }
}

/// W3: waking, cloning and dropping the waker of a local task on another thread touches the future never: it is
/// polled and dropped at home, in a local runtime.
#[test]
fn w3_a_foreign_wake_of_a_local_task() {
    let (gate, dropped) = (Gate::new(), Rc::new(Cell::new(0)));
    run_local(async {
        let task = task::spawn_local(StaysHere::new(&gate, &dropped));
        turns(1).await;
        let opener = gate.clone();
        let thread = thread::spawn(move || {
            opener.take_wakers().into_iter().for_each(use_up);
            opener.open();
        });
        task.await.expect("it answers");
        thread.join().expect("no panic");
    });
    assert_eq!(dropped.get(), 1);
}

/// W3: as above in a local set, whose executor sleeps in another runtime meanwhile; the foreign wake must wake
/// that one too.
#[test]
fn w3_a_foreign_wake_of_a_task_in_a_local_set() {
    let (gate, dropped, runtime) = (Gate::new(), Rc::new(Cell::new(0)), runtime());
    let set = LocalSet::new();
    let task = set.spawn_local(StaysHere::new(&gate, &dropped));
    set.block_on(&runtime, turns(1));
    let opener = gate.clone();
    let thread = thread::spawn(move || opener.open());
    set.block_on(&runtime, task).expect("it answers");
    thread.join().expect("no panic");
    assert_eq!(dropped.get(), 1);
    end(runtime);
}

/// W3: a foreign wake while nobody drives the local set must not be lost either.
#[test]
fn w3_a_foreign_wake_while_the_local_set_rests() {
    let (gate, dropped, runtime) = (Gate::new(), Rc::new(Cell::new(0)), runtime());
    let set = LocalSet::new();
    let task = set.spawn_local(StaysHere::new(&gate, &dropped));
    set.block_on(&runtime, turns(1));
    let opener = gate.clone();
    thread::spawn(move || opener.open()).join().expect("no panic");
    set.block_on(&runtime, task).expect("it answers");
    assert_eq!(dropped.get(), 1);
    end(runtime);
}

// ---- W4: a thread that ends ----

type AtExit = Box<dyn FnOnce()>;

/// Calls what it holds when the thread's locals are destroyed.
struct Last(Option<AtExit>);

impl Drop for Last {
    fn drop(&mut self) {
        if let Some(code) = self.0.take() {
            code();
        }
    }
}

/// Runs `code` in the destructor of a thread-local of an ending thread, twice: before and after airmail's own
/// thread-locals are destroyed.
fn in_destructors(code: impl FnOnce() + Clone + Send + 'static) {
    thread_local! {
        static LAST: RefCell<Last> = const { RefCell::new(Last(None)) };
    }
    let set = |code: AtExit| LAST.with(|last| last.borrow_mut().0 = Some(code));
    let use_airmail = || drop(runtime().enter());
    let (early, late) = (code.clone(), code);
    // Destructors run in the opposite order of first use.
    let first = thread::spawn(move || (use_airmail(), set(Box::new(early))));
    let second = thread::spawn(move || (set(Box::new(late)), use_airmail()));
    for thread in [first, second] {
        thread.join().expect("a panic in a destructor would have ended the process");
    }
}

/// W4: a wake-up from a destructor of an ending thread goes through, before and after the runtime's own
/// thread-locals are gone.
#[test]
fn w4_a_wake_in_a_destructor_of_an_ending_thread() {
    let runtime = runtime();
    let gates = [Gate::new(), Gate::new()];
    let tasks = gates.clone().map(|gate| runtime.spawn(gate.wait()));
    runtime.block_on(turns(2));
    let left = Arc::new(Mutex::new(gates.to_vec()));
    in_destructors(move || lock(&left).pop().expect("one for each thread").open());
    for task in tasks {
        runtime.block_on(task).expect("it was woken");
    }
    end(runtime);
}

/// W4: in such a destructor there is no current runtime, which is said; nothing crashes. A handle still spawns.
#[test]
fn w4_handles_and_spawns_in_a_destructor() {
    let runtime = runtime();
    let (sender, told) = mpsc::channel();
    let handle = runtime.handle().clone();
    in_destructors(move || {
        let error = Handle::try_current().expect_err("no runtime here");
        let spawn = panic_of(|| task::spawn(async {}));
        let spawn_local = panic_of(|| task::spawn_local(async {}));
        let task = handle.spawn(async { 7 });
        let _ = sender.send((error, spawn, spawn_local, task));
    });
    for (error, spawn, spawn_local, task) in told {
        assert!(error.is_missing_context() != error.is_thread_local_destroyed(), "{error}");
        assert!(spawn.contains("`spawn`: no airmail runtime here"), "{spawn}");
        let ends = error.is_thread_local_destroyed();
        let expected = if ends { "`spawn_local`: no airmail runtime here" } else { "needs a `LocalSet`" };
        assert!(spawn_local.contains(expected), "{spawn_local}");
        assert_eq!(runtime.block_on(task).expect("it ran"), 7);
    }
    end(runtime);
}

/// W4: a whole runtime can be made, used and dropped in such a destructor.
#[test]
fn w4_a_runtime_made_in_a_destructor() {
    in_destructors(|| {
        let runtime = runtime();
        let task = runtime.spawn(async { 7 });
        assert_eq!(runtime.block_on(task).expect("it ran"), 7);
        end(runtime);
        let local = local_runtime();
        let task = local.spawn_local(async { 8 });
        assert_eq!(local.block_on(task).expect("it ran"), 8);
    });
}

// ---- W5: wakers that call back ----

/// Spawns, aborts and drops handles of the runtime, as foreign code may.
fn re_enter(handle: &Handle) {
    let task = handle.spawn(async {});
    task.abort();
    drop(task);
    drop(handle.spawn(async {}));
    let _entered = handle.enter();
    drop(airmail::spawn(async {}));
    assert!(Handle::try_current().is_ok());
    assert!(handle.metrics().num_alive_tasks() < usize::MAX);
    drop(handle.tasks());
}

/// W5: a foreign waker that spawns, aborts, enters and looks around while it is woken, cloned and dropped must
/// not meet a lock or a borrow of the runtime's.
#[test]
fn w5_a_foreign_waker_that_re_enters() {
    let (runtime, gate) = (runtime(), Gate::new());
    let hook = || {
        let handle = runtime.handle().clone();
        move || re_enter(&handle)
    };
    let foreign = Foreign::new().on_wake(hook()).on_clone(hook()).on_drop(hook());
    let other = Foreign::new().on_drop(hook());
    let mut task = runtime.spawn(gate.wait());
    let waker = foreign.waker();
    for waker in [&waker, &other.waker(), &waker] {
        assert!(std::pin::pin!(&mut task).poll(&mut Context::from_waker(waker)).is_pending());
    }
    let replaced = runtime.spawn(std::future::pending::<()>());
    let mut replaced = Box::pin(replaced);
    assert!(replaced.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(replaced);
    runtime.block_on(turns(64));
    gate.open();
    runtime.block_on(turns(64));
    outcome(&mut task).expect("it answers");
    assert_eq!(foreign.counts().wakes, 1);
    drop((waker, task));
    assert_eq!((foreign.alive(), other.alive()), (0, 0), "every copy was dropped");
    drop(runtime);
}

/// W5: whoever polls a local set by hand may do anything in its waker, also when a spawn from outside the set
/// wakes it.
#[test]
fn w5_the_waker_of_a_hand_polled_local_set_re_enters() {
    let (runtime, gate, set) = (runtime(), Gate::new(), LocalSet::new());
    let handle = runtime.handle().clone();
    let foreign = Foreign::new().on_wake(move || re_enter(&handle));
    let waiting = set.spawn_local(gate.wait());
    let mut set = pin!(set);
    assert!(set.as_mut().poll(&mut Context::from_waker(&foreign.waker())).is_pending());
    let entered = set.enter();
    let spawned = task::spawn_local(async { 7 });
    drop(entered);
    assert_eq!(foreign.counts().wakes, 1, "the spawn called the poller");
    assert!(set.as_mut().poll(&mut Context::from_waker(&foreign.waker())).is_pending());
    gate.open();
    assert_eq!(foreign.counts().wakes, 2, "and so did the wake-up");
    runtime.block_on(set);
    runtime.block_on(async {
        waiting.await.expect("it answers");
        assert_eq!(spawned.await.expect("it answers"), 7);
        turns(8).await;
    });
    drop::<Runtime>(runtime);
}

// ---- W6: many ----

/// W6: a million wake-ups of one waiting task are one entry in the queue, so one poll.
#[test]
fn w6_a_million_wakes_of_one_task_are_one_poll() {
    let gate = Gate::new();
    let runtime = Builder::new_current_thread().build_local(LocalOptions::default()).expect("valid");
    let task = runtime.spawn_local(gate.wait());
    runtime.block_on(turns(2));
    let wakers = gate.take_wakers();
    for _ in 0..1_000_000 {
        wakers[0].wake_by_ref();
    }
    runtime.block_on(turns(2));
    assert_eq!(gate.polls(), 2);
    gate.open();
    wakers[0].wake_by_ref();
    runtime.block_on(task).expect("it answers");
}

/// W6: a hundred thousand waiters woken at once all run, each once.
#[test]
fn w6_a_hundred_thousand_waiters_woken_at_once() {
    const WAITERS: usize = 100_000;
    let (gate, drops) = (Gate::new(), Drops::new());
    run(async {
        let tasks: Vec<_> = (0..WAITERS).map(|_| airmail::spawn(drops.wrap(gate.wait()))).collect();
        turns(WAITERS).await;
        assert_eq!(gate.polls(), WAITERS);
        gate.open();
        for task in tasks {
            task.await.expect("it was woken");
        }
        assert_eq!(gate.polls(), 2 * WAITERS);
    });
    drops.assert_each_once(WAITERS);
}
