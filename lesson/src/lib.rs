//! The simplest task system that works, in one file and `std` alone. It takes an hour to read, top to bottom.
//!
//! A **future** is passive, like a letter: nothing happens until somebody polls it. A **task** is the envelope
//! that can be delivered: it has a return address (its **waker**), a tracking number, and a **queue** to go to.
//! `spawn(future)` makes a task and puts it in the queue. The **executor** pops it, builds its waker, polls it:
//!
//! - `Pending`: the task is in no queue, and waits. An event calls `wake()`: the task goes back to the queue.
//! - `Ready`: the output is stored for the [`JoinHandle`], whoever awaits it is woken, the future is dropped.
//!
//! ```
//! let executor = airmail_lesson::Executor::new();
//! let handle = executor.spawn(async {
//!     airmail_lesson::CountdownFuture::new(3).await; // the task waits here three times
//!     42
//! });
//! assert_eq!(executor.queue(), [1]); // task 1 is in the queue, and nothing has run
//! executor.run();
//! assert_eq!(handle.try_take(), Some(42));
//! ```
//!
//! The exercises are `tests/exercise_1.rs` to `exercise_5.rs`. While you read, keep in mind that one spawn is
//! one task, and that an `.await` is only a place where that task can wait.

use std::mem::{self, ManuallyDrop};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use std::thread::{self, Thread};
use std::{collections::VecDeque, future, marker::PhantomData, pin::Pin, rc::Rc};

/// **The task**: a future plus what an executor needs to run it. The queue and every waker share it, hence
/// the `Arc<Task>` everywhere.
pub struct Task {
    /// The tracking number.
    pub number: u64,
    /// The letter. The mutex lets threads share the task: a second poll waits until the first is over.
    pub future: Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// Where a wake puts the task.
    pub queue: Arc<Mutex<VecDeque<Arc<Task>>>>,
    /// True from the wake to the poll, so that many wakes make one entry in the queue, and one poll.
    pub queued: AtomicBool,
    /// The thread to unpark. Only [`Executor::run`] needs it, and [`Spawner`] says why.
    pub thread: Thread,
}

/// What a task answers to a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Not done: the task waits for a wake.
    Pending,
    /// Done: the future has been dropped.
    Ready,
}

impl Task {
    /// Puts the task in its queue, unless it is there already. This is all that a wake does.
    pub fn wake(self: &Arc<Self>) {
        if !self.queued.swap(true, SeqCst) {
            lock(&self.queue).push_back(Arc::clone(self));
            self.thread.unpark();
        }
    }

    /// Polls the future once. The executor has just popped the task from the queue.
    pub fn poll(&self, waker: &Waker) -> Answer {
        // Before the poll, not after it: a wake that comes during the poll must queue the task again.
        self.queued.swap(false, SeqCst);
        let mut slot = lock(&self.future);
        // A future that was Ready, or that panicked, must not be polled again. A pending one takes its place:
        // that keeps the type, and makes a late, duplicate wake harmless.
        let mut future = mem::replace(&mut *slot, Box::pin(future::pending()));
        if future.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
            return Answer::Ready;
        }
        *slot = future;
        Answer::Pending
    }
}

/// Locks, even after a panic: no panic leaves anything here half-written, so poison tells us nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// **The waker** of a task: an `Arc<Task>` behind a plain pointer, so that a future can keep it and not know our
/// types. It works from any thread, and after the executor is gone. (`std::task::Wake` would do this for us.)
pub fn waker_for(task: Arc<Task>) -> Waker {
    // SAFETY: the pointer owns one count of an `Arc<Task>`, as the table expects; `Task` is `Send` and `Sync`.
    unsafe { Waker::from_raw(RawWaker::new(Arc::into_raw(task).cast(), &TABLE)) }
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone_raw, wake_raw, wake_by_ref_raw, drop_raw);

unsafe fn clone_raw(data: *const ()) -> RawWaker {
    // SAFETY: `data` is from `Arc::into_raw`, and the waker that is cloned keeps the task alive.
    unsafe { Arc::increment_strong_count(data.cast::<Task>()) };
    RawWaker::new(data, &TABLE)
}

unsafe fn wake_raw(data: *const ()) {
    // SAFETY: `data` is from `Arc::into_raw`, and this call uses the waker up: its count is ours to drop.
    unsafe { Arc::from_raw(data.cast::<Task>()) }.wake();
}

unsafe fn wake_by_ref_raw(data: *const ()) {
    // SAFETY: `data` is from `Arc::into_raw`. The waker keeps its count: `ManuallyDrop` does not drop it.
    unsafe { ManuallyDrop::new(Arc::from_raw(data.cast::<Task>())) }.wake();
}

unsafe fn drop_raw(data: *const ()) {
    // SAFETY: `data` is from `Arc::into_raw`, and this call ends the waker: its count is ours to drop.
    drop(unsafe { Arc::from_raw(data.cast::<Task>()) });
}

/// **The smallest future that waits**: answers `Pending` as many times as it was told to, then `Ready`.
#[derive(Debug)]
pub struct CountdownFuture(u32);

impl CountdownFuture {
    /// Answers `Pending` to the first `polls` polls.
    pub fn new(polls: u32) -> CountdownFuture {
        CountdownFuture(polls)
    }
}

impl Future for CountdownFuture {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        // Whoever answers Pending must see to a wake. A timer keeps the waker for later; this one uses it now.
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// **The join handle**: a future that gives the output of a task, once. If it is dropped, the task goes on.
pub struct JoinHandle<T> {
    id: u64,
    result: Arc<Mutex<Option<T>>>,
    waker: Arc<Mutex<Option<Waker>>>,
}

/// Wraps `future` in one that stores the output for the handle. So the future of every task answers `()`.
fn join<F: Future<Output = T>, T>(id: u64, future: F) -> (impl Future<Output = ()>, JoinHandle<T>) {
    let handle = JoinHandle { id, result: Arc::default(), waker: Arc::default() };
    let (result, waker) = (Arc::clone(&handle.result), Arc::clone(&handle.waker));
    let wrapped = async move {
        let output = future.await;
        *lock(&result) = Some(output);
        let awaiting = lock(&waker).take(); // a statement of its own: no lock is held during the wake
        if let Some(awaiting) = awaiting {
            awaiting.wake();
        }
    };
    (wrapped, handle)
}

impl<T> JoinHandle<T> {
    /// The tracking number of the task.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Takes the output, if it is there.
    pub fn try_take(&self) -> Option<T> {
        lock(&self.result).take()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // The waker first, then the look: an output that came between look and waker would wake nobody.
        let waker = context.waker().clone();
        let _previous = lock(&self.waker).replace(waker);
        self.try_take().map_or(Poll::Pending, Poll::Ready)
    }
}

/// **The executor**: pops a task, builds its waker, polls it. Like the `Rc`, it stays on the thread that made it.
pub struct Executor(Spawner, PhantomData<Rc<()>>);

/// Spawns from anywhere: from inside a task, or from another thread.
#[derive(Clone)]
pub struct Spawner {
    queue: Arc<Mutex<VecDeque<Arc<Task>>>>,
    spawned: Arc<AtomicU64>,
    unfinished: Arc<AtomicUsize>,
    // The one field that `step` does not need. On an empty queue `run` parks this thread, so as not to spin,
    // and only a wake can end that: so every task gets a copy, to unpark.
    thread: Thread,
}

/// One poll: which task, and what it answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the line above says it")]
pub struct Step {
    pub task: u64,
    pub answer: Answer,
}

impl Spawner {
    /// Makes a task and puts it in the queue. The future is `'static`, as it may outlive its spawner, and
    /// `Send`, as it may be polled on another thread.
    pub fn spawn<F: Future<Output = T> + Send + 'static, T: Send + 'static>(
        &self,
        future: F,
    ) -> JoinHandle<T> {
        let number = self.spawned.fetch_add(1, SeqCst) + 1;
        self.unfinished.fetch_add(1, SeqCst);
        let (future, handle) = join(number, future);
        let future = Mutex::new(Box::pin(future) as _);
        let (queue, thread) = (Arc::clone(&self.queue), self.thread.clone());
        Arc::new(Task { number, future, queue, queued: AtomicBool::new(false), thread }).wake();
        handle
    }
}

#[expect(clippy::new_without_default, reason = "one way to make it is enough")]
impl Executor {
    /// An executor with an empty queue.
    pub fn new() -> Executor {
        let (queue, spawned, unfinished) = <_>::default();
        Executor(Spawner { queue, spawned, unfinished, thread: thread::current() }, PhantomData)
    }

    /// The same as [`Spawner::spawn`].
    pub fn spawn<F: Future<Output = T> + Send + 'static, T: Send + 'static>(
        &self,
        future: F,
    ) -> JoinHandle<T> {
        self.0.spawn(future)
    }

    /// A spawner, for a task that spawns tasks.
    pub fn handle(&self) -> Spawner {
        self.0.clone()
    }

    /// The tracking numbers in the queue, front first.
    pub fn queue(&self) -> Vec<u64> {
        lock(&self.0.queue).iter().map(|task| task.number).collect()
    }

    /// How many tasks are not done, be they in the queue or waiting.
    pub fn unfinished(&self) -> usize {
        self.0.unfinished.load(SeqCst)
    }

    /// Pops a task and polls it once; `None` if the queue is empty. A panic in the task comes out here and
    /// ends it, and its handle never answers. (The real runtime gives the panic to the handle.)
    pub fn step(&self) -> Option<Step> {
        let task = self.pop()?;
        // Counted as done until it answers Pending, because a task that panics does not answer.
        self.0.unfinished.fetch_sub(1, SeqCst);
        let answer = task.poll(&waker_for(Arc::clone(&task)));
        self.0.unfinished.fetch_add(usize::from(answer == Answer::Pending), SeqCst);
        Some(Step { task: task.number, answer })
    }

    /// Steps until all tasks are done. If nobody will wake one of them, that is for ever.
    pub fn run(&self) {
        while self.unfinished() > 0 {
            self.step_or_park();
        }
    }

    /// Spawns `future` and steps until it is done. Other tasks may be left over.
    pub fn block_on<F: Future<Output = T> + Send + 'static, T: Send + 'static>(&self, future: F) -> T {
        let handle = self.spawn(future);
        loop {
            self.step_or_park();
            let Some(output) = handle.try_take() else { continue };
            return output;
        }
    }

    fn step_or_park(&self) {
        // No wake is lost in between: after an `unpark`, the next `park` returns at once.
        if self.step().is_none() {
            thread::park();
        }
    }

    fn pop(&self) -> Option<Arc<Task>> {
        lock(&self.0.queue).pop_front()
    }
}

impl Drop for Executor {
    /// A queued task and its queue hold each other: empty it to free both. (Waiting tasks can still leak.)
    fn drop(&mut self) {
        while self.pop().is_some() {}
    }
}
