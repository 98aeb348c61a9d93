//! A queue of tasks for one thread.

use crate::task::{Runnable, Slot};
use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// Room for this many tasks is made at the first push.
const SMALLEST: usize = 64;

const TOO_LARGE: &str = "a queue of so many tasks does not fit into memory";

/// First in, first out, for one thread; grows as it must.
///
/// A ring whose size is a power of two, so that a place is found with one mask. Every method takes `&self`: a
/// poll may push while the loop around it pops.
pub struct ReadyQueue {
    /// The start of the ring; its places are empty but for those from `taken` to `put`.
    ring: Cell<NonNull<Slot>>,
    /// How many places it has: none, or a power of two.
    room: Cell<usize>,
    /// How many tasks were taken out and put in, ever; both wrap.
    taken: Cell<usize>,
    put: Cell<usize>,
}

// SAFETY: P5, the ring belongs to the queue, and tasks may go to other threads.
unsafe impl Send for ReadyQueue {}

impl Default for ReadyQueue {
    fn default() -> ReadyQueue {
        ReadyQueue::new()
    }
}

impl ReadyQueue {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> ReadyQueue {
        ReadyQueue {
            ring: Cell::new(NonNull::dangling()),
            room: Cell::new(0),
            taken: Cell::new(0),
            put: Cell::new(0),
        }
    }

    /// Where the `count`th task of all lies, if there is a ring.
    #[inline(always)]
    fn place(&self, count: usize) -> NonNull<Slot> {
        let place = count & self.room.get().wrapping_sub(1);
        // SAFETY: P5, the mask keeps the place inside the ring.
        unsafe { self.ring.get().add(place) }
    }

    /// Puts a task at the back.
    #[inline(always)]
    pub fn push(&self, task: Runnable) {
        if self.len() == self.room.get() {
            self.grow(SMALLEST);
        }
        let put = self.put.get();
        self.put.set(put.wrapping_add(1));
        // SAFETY: P5, the place is empty, since there was room.
        unsafe { self.place(put).write(task.into_slot()) };
    }

    /// Takes the task at the front.
    #[inline(always)]
    pub fn pop(&self) -> Option<Runnable> {
        let taken = self.taken.get();
        if taken == self.put.get() {
            return None;
        }
        self.taken.set(taken.wrapping_add(1));
        // SAFETY: P5 and R1, `push` put a task there, and it is taken out once.
        unsafe { Some(Runnable::from_slot(self.place(taken).read())) }
    }

    /// How many tasks are in it.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.put.get().wrapping_sub(self.taken.get())
    }

    /// `true` if there is none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.put.get() == self.taken.get()
    }

    /// Makes room for this many more tasks at once.
    ///
    /// # Panics
    /// If no ring could be that large.
    pub fn reserve(&self, more: usize) {
        let needed = self.len().checked_add(more).expect(TOO_LARGE);
        if needed > self.room.get() {
            self.grow(needed);
        }
    }

    /// A ring at least twice as large, and of at least `least` places, with the tasks at its start.
    #[cold]
    fn grow(&self, least: usize) {
        let room = (2 * self.room.get()).max(least).checked_next_power_of_two().expect(TOO_LARGE);
        let tasks = self.len();
        let mut ring = ManuallyDrop::new(Vec::with_capacity(room));
        // SAFETY: P5, these places hold tasks, which move to the new ring.
        ring.extend((0..tasks).map(|n| unsafe { self.place(self.taken.get().wrapping_add(n)).read() }));
        self.free_ring();
        self.ring.set(NonNull::new(ring.as_mut_ptr()).expect("a vector's"));
        self.room.set(room);
        self.taken.set(0);
        self.put.set(tasks);
    }

    fn free_ring(&self) {
        // SAFETY: P5, it was a vector of this capacity (or of none), and nothing in it has a drop.
        drop(unsafe { Vec::from_raw_parts(self.ring.get().as_ptr(), 0, self.room.get()) });
    }
}

impl Drop for ReadyQueue {
    /// Tasks that nobody took are cancelled, each where it may be.
    fn drop(&mut self) {
        while let Some(task) = self.pop() {
            drop(task);
        }
        self.free_ring();
    }
}

impl fmt::Debug for ReadyQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyQueue").field("len", &self.len()).finish_non_exhaustive()
    }
}
