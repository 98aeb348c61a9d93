//! The floor: what a task costs if an executor does nothing but run it. Not a runtime.
//!
//! One allocation a task, for future, output, joiner and two cells; a deque of pointers; a waker that pushes one.
//! No atomics, no cancelling, no panics caught, no wake-ups from other threads, nothing tracked. All futures here
//! live and die on one thread.

use crate::peer::Peer;
use std::cell::{Cell, RefCell, UnsafeCell};
use std::collections::VecDeque;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

thread_local! {
    static QUEUE: ManuallyDrop<RefCell<VecDeque<*const Head>>> =
        const { ManuallyDrop::new(RefCell::new(VecDeque::new())) };
}

/// What is known of a task whose type is not.
struct Head {
    poll: unsafe fn(*const Head),
    free: unsafe fn(*const Head),
    joiner: Cell<Option<Waker>>,
    /// The handle, the queue entry and each waker: the last one frees.
    references: Cell<u32>,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Queued,
    Waiting,
    Done,
}

#[repr(C)]
struct Task<F: Future> {
    head: Head,
    body: UnsafeCell<Body<F>>,
}

enum Body<F: Future> {
    Future(F),
    Output(F::Output),
    Empty,
}

fn push(task: *const Head) {
    QUEUE.with(|queue| queue.borrow_mut().push_back(task));
}

/// # Safety
/// `task` is alive, and one of its references is given up.
#[inline(always)]
unsafe fn release(task: *const Head) {
    // SAFETY: alive by contract; freed by the last reference only.
    unsafe {
        let left = (*task).references.get() - 1;
        (*task).references.set(left);
        if left == 0 {
            ((*task).free)(task);
        }
    }
}

/// # Safety
/// `task` is a `Task<F>` that is alive; its queue entry is given up.
unsafe fn poll<F: Future>(task: *const Head) {
    // SAFETY: alive by contract; the body is touched by its one poll, and by its one handle after that.
    unsafe {
        let head = &*task;
        head.state.set(State::Waiting);
        let body = (*task.cast::<Task<F>>()).body.get();
        let waker = ManuallyDrop::new(Waker::from_raw(RawWaker::new(task.cast(), &VTABLE)));
        let Body::Future(future) = &mut *body else { unreachable!("a task that is done is not queued") };
        if let Poll::Ready(output) = Pin::new_unchecked(future).poll(&mut Context::from_waker(&waker)) {
            *body = Body::Output(output);
            head.state.set(State::Done);
            if let Some(joiner) = head.joiner.take() {
                joiner.wake();
            }
        }
        release(task);
    }
}

/// # Safety
/// `task` is a `Task<F>` and nobody refers to it any more.
unsafe fn free<F: Future>(task: *const Head) {
    // SAFETY: made by `Box::into_raw` in `make`, freed once.
    drop(unsafe { Box::from_raw(task.cast_mut().cast::<Task<F>>()) });
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |task| {
        // SAFETY: a waker is a reference, so the task is alive.
        let references = unsafe { &(*task.cast::<Head>()).references };
        references.set(references.get() + 1);
        RawWaker::new(task, &VTABLE)
    },
    |task| {
        let task = task.cast::<Head>();
        // SAFETY: a waker is a reference, which goes to the queue or is given up.
        unsafe {
            if (*task).state.get() == State::Waiting {
                (*task).state.set(State::Queued);
                push(task);
            } else {
                release(task);
            }
        }
    },
    |task| {
        let task = task.cast::<Head>();
        // SAFETY: a waker is a reference, so the task is alive.
        let head = unsafe { &*task };
        if head.state.get() == State::Waiting {
            head.state.set(State::Queued);
            head.references.set(head.references.get() + 1);
            push(task);
        }
    },
    // SAFETY: a waker is a reference, given up once.
    |task| unsafe { release(task.cast()) },
);

/// A handle that owns one reference.
struct Join<T> {
    task: *const Head,
    take: unsafe fn(*const Head) -> T,
}

// SAFETY: not true of the floor in general; the peers' futures are asked to be `Send`, and these never leave the
// thread they are made on, since the floor has no other.
unsafe impl<T> Send for Join<T> {}

fn make<F: Future>(future: F) -> Join<F::Output> {
    /// # Safety
    /// `task` is a `Task<F>` that is done.
    unsafe fn take<F: Future>(task: *const Head) -> F::Output {
        // SAFETY: done, so the body is the handle's.
        let body = unsafe { &mut *(*task.cast::<Task<F>>()).body.get() };
        match std::mem::replace(body, Body::Empty) {
            Body::Output(output) => output,
            Body::Future(_) | Body::Empty => unreachable!("taken once, when it is done"),
        }
    }
    let head = Head {
        poll: poll::<F>,
        free: free::<F>,
        joiner: Cell::new(None),
        references: Cell::new(2),
        state: Cell::new(State::Queued),
    };
    let task = Box::into_raw(Box::new(Task { head, body: UnsafeCell::new(Body::Future(future)) }));
    push(task.cast());
    Join { task: task.cast(), take: take::<F> }
}

impl<T> Future for Join<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        // SAFETY: the handle is a reference, so the task is alive.
        let head = unsafe { &*self.task };
        if head.state.get() == State::Done {
            // SAFETY: it is done.
            return Poll::Ready(unsafe { (self.take)(self.task) });
        }
        head.joiner.set(Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl<T> Drop for Join<T> {
    fn drop(&mut self) {
        // SAFETY: the handle is a reference, given up once.
        unsafe { release(self.task) };
    }
}

pub(crate) struct Floor(PhantomData<*const ()>);

impl Peer for Floor {
    const NAME: &'static str = "floor";
    const CRATE: &'static str = "airmail-bench";

    fn new() -> Floor {
        Floor(PhantomData)
    }

    fn block_on<F>(&mut self, future: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let root = make(future);
        // SAFETY: the handle is a reference, so the task is alive.
        while unsafe { (*root.task).state.get() } != State::Done {
            let task = QUEUE.with(|queue| queue.borrow_mut().pop_front()).expect("somebody wakes the root");
            // SAFETY: the queue entry is a reference, so the task is alive.
            unsafe { ((*task).poll)(task) };
        }
        // SAFETY: it is done.
        unsafe { (root.take)(root.task) }
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        make(future)
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        drop(make(future));
    }
}
