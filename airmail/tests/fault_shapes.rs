//! Faults of futures of unusual shape, and of polls that must not be: rows T8 and T9 of the catalogue
//! (`catalogue.md`), and what a walker sees.

mod common;

use airmail::task::{Activity, JoinHandle, LocalSet};
use common::{Gate, child, end, outcome, run, run_local, runtime, turns, yield_now};
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};

// ---- T8: unusual futures and outputs ----

/// A future of any type of body.
struct Holds<B, O> {
    body: B,
    output: Option<O>,
    polled_at: usize,
}

impl<B: Unpin, O: Unpin> Future for Holds<B, O> {
    type Output = O;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O> {
        let at = (&raw const self.body).addr();
        assert_eq!(at % align_of::<B>(), 0, "the future is not aligned");
        if self.polled_at == 0 {
            self.polled_at = at;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        assert_eq!(self.polled_at, at, "the future was moved between two polls");
        Poll::Ready(self.output.take().expect("polled once more"))
    }
}

fn holds<B, O>(body: B, output: O) -> Holds<B, O> {
    Holds { body, output: Some(output), polled_at: 0 }
}

#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(128))]
struct Aligned(u8);

struct Nothing;

impl Future for Nothing {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// T8: futures and outputs of size zero, of large alignment, around and above the size of a slot, and outputs
/// larger than their future keep their place, their alignment and their bytes.
#[test]
fn t8_futures_and_outputs_of_any_shape() {
    run(async {
        airmail::spawn(Nothing).await.expect("size zero");
        airmail::spawn(holds((), ())).await.expect("an output of size zero");
        let aligned = airmail::spawn(holds(Aligned(7), Aligned(9))).await;
        assert_eq!(aligned.expect("it answers"), Aligned(9));
        let just_inline = airmail::spawn(holds([3_u8; 230], 1_u8)).await;
        assert_eq!(just_inline.expect("it answers"), 1);
        let boxed = airmail::spawn(holds([3_u8; 300], [7_u64; 3])).await;
        assert_eq!(boxed.expect("it answers"), [7; 3]);
        let (size, large) = (size_of::<Holds<(), Box<u8>>>(), [0xA5_u8; 200]);
        let mut grows = airmail::spawn(async move { large });
        turns(2).await;
        assert_eq!(outcome(&mut grows).expect("it answers"), large);
        let larger_output = airmail::spawn(holds((), Box::new([1_u8; 4096]))).await;
        assert_eq!(larger_output.expect("it answers")[4095], 1, "beside a future of {size} bytes");
    });
}

/// A future of 1 MiB that is ready at its second poll.
struct Large([u8; 1 << 20], bool);

impl Future for Large {
    type Output = u8;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u8> {
        if std::mem::replace(&mut self.1, true) {
            return Poll::Ready(self.0[0] + self.0[self.0.len() - 1]);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[allow(clippy::large_stack_arrays, reason = "the large future is what is tested")]
#[inline(never)]
fn spawn_large() -> JoinHandle<u8> {
    airmail::spawn(Large([1; 1 << 20], false))
}

/// T8: a future of 1 MiB can be spawned, run and dropped on a default stack: that of a thread (2 MiB), or, since
/// unoptimised code copies each argument once more, that of a program's first thread (8 MiB).
#[test]
fn t8_a_future_of_one_mebibyte_on_a_default_stack() {
    let stack = if cfg!(debug_assertions) { 8 << 20 } else { 2 << 20 };
    // In a child: a stack overflow ends the process.
    child::must_succeed("t8_a_future_of_one_mebibyte_on_a_default_stack", move || {
        let sum = child::on_stack(stack, || {
            let runtime = runtime();
            let entered = runtime.enter();
            let task = spawn_large();
            drop(entered);
            runtime.block_on(task).expect("it answers")
        });
        assert_eq!(sum, 2);
    });
}

// ---- T9: no poll after Ready ----

/// T9: a task whose waker is used before, during and after its last poll is never polled again: this future
/// panics if it is.
#[test]
fn t9_no_poll_after_ready() {
    let gate = Gate::new();
    run(async move {
        let mut ready = false;
        let inner = gate.clone();
        let mut task = airmail::spawn(poll_fn(move |cx| {
            assert!(!ready, "polled after it was ready");
            ready = inner.poll(cx).is_ready();
            // Also in the poll that answers.
            cx.waker().wake_by_ref();
            if ready { Poll::Ready(()) } else { Poll::Pending }
        }));
        turns(3).await;
        gate.open();
        turns(3).await;
        outcome(&mut task).expect("it answered, and was not polled again");
    });
}

/// T9: a task can run another executor inside its poll; that one has tasks of its own and never polls the
/// outer task, which would be two polls of one task.
#[test]
fn t9_a_nested_executor_does_not_poll_the_outer_task() {
    let outer_polls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&outer_polls);
    run(async move {
        let task = airmail::spawn(poll_fn(move |cx| {
            let before = counted.fetch_add(1, SeqCst);
            if before > 0 {
                return Poll::Ready(());
            }
            let waker = cx.waker().clone();
            let inner = runtime();
            inner.block_on(async {
                waker.wake_by_ref();
                turns(5).await;
                airmail::spawn(async {}).await.expect("it runs in the inner runtime");
            });
            assert_eq!(counted.load(SeqCst), 1, "polled while it was being polled");
            end(inner);
            Poll::Pending
        }));
        task.await.expect("the wake-up from inside was kept");
    });
    assert_eq!(outer_polls.load(SeqCst), 2);
}

/// T9: a local set that one of its own tasks polls must not poll that task again.
#[test]
fn t9_a_local_set_polled_by_its_own_task() {
    let set = std::rc::Rc::new(LocalSet::new());
    let inner = std::rc::Rc::clone(&set);
    let polls = std::rc::Rc::new(std::cell::Cell::new(0));
    let counted = std::rc::Rc::clone(&polls);
    let task: JoinHandle<()> = set.spawn_local(async move {
        counted.set(counted.get() + 1);
        inner.run_until(yield_now()).await;
        counted.set(counted.get() + 1);
    });
    set.block_on(&runtime(), task).expect("it answers");
    assert_eq!(polls.get(), 2);
}

// ---- What a walker sees ----

/// A new runtime must not list, as its own, finished tasks of a runtime that is gone.
#[test]
fn tasks_of_a_dead_runtime_are_not_listed_by_the_next() {
    let runtimes: Vec<_> = (0..8).map(|_| runtime()).collect();
    let mut kept: Vec<_> = runtimes.iter().map(|runtime| runtime.spawn(async { 5 })).collect();
    for runtime in &runtimes {
        runtime.block_on(turns(2));
    }
    drop(runtimes);
    let next: Vec<_> = (0..16).map(|_| runtime()).collect();
    let strangers: Vec<_> = next.iter().flat_map(|runtime| runtime.handle().tasks()).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
    assert!(kept.iter_mut().all(|task| outcome(task).is_ok_and(|five| five == 5)));
}

/// A look at a waiting task says that it waits, and at a finished one that it is done; a walker that mixes
/// them up would show wrong dumps.
#[test]
fn a_look_at_each_task_tells_what_it_does() {
    run_local(async {
        let handle = airmail::runtime::Handle::current();
        let waits = airmail::spawn(pending::<()>());
        turns(1).await;
        let tasks = handle.tasks();
        let [info] = &tasks[..] else { panic!("one task: {tasks:?}") };
        assert_eq!((info.meta.id, info.activity, info.polls), (waits.id(), Activity::Waiting, 1));
        waits.abort();
        turns(2).await;
        assert!(matches!(handle.tasks()[..], [info] if matches!(info.activity, Activity::Done(_))));
        assert!(waits.await.is_err());
        assert_eq!(handle.tasks().len(), 0);
    });
}
