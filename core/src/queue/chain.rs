//! Tasks that travel together: a list linked through the task headers, so that it allocates nothing.

use crate::sync::atomic::Ordering;
use crate::task::{Runnable, Slot};

/// A list of tasks, first in, first out, owned by one thread at a time.
#[derive(Debug, Default)]
pub struct Chain {
    /// The numbers of the first and the last slot, or 0.
    first: u32,
    last: u32,
    len: usize,
}

impl Chain {
    /// No tasks.
    #[must_use]
    pub const fn new() -> Chain {
        Chain { first: 0, last: 0, len: 0 }
    }

    /// Puts a task at the back.
    pub fn push(&mut self, task: Runnable) {
        let slot = task.slot();
        slot.header().link.store(0, Ordering::Relaxed);
        let index = task.into_index();
        match find(self.last) {
            None => self.first = index,
            Some(last) => last.header().link.store(index, Ordering::Relaxed),
        }
        self.last = index;
        self.len += 1;
    }

    /// Takes the task at the front.
    pub fn pop(&mut self) -> Option<Runnable> {
        let index = self.first;
        self.first = find(index)?.header().link.load(Ordering::Relaxed);
        self.len -= 1;
        if self.len == 0 {
            (self.first, self.last) = (0, 0);
        }
        // SAFETY: R1, `push` gave this number up, and each is taken once.
        unsafe { Runnable::from_index(index) }
    }

    /// Takes this many tasks from the front, or all.
    #[must_use]
    pub fn split(&mut self, most: usize) -> Chain {
        if most >= self.len {
            return std::mem::take(self);
        }
        if most == 0 {
            return Chain::new();
        }
        let mut front = Chain { first: self.first, last: 0, len: most };
        for _ in 0..most {
            front.last = self.first;
            self.first = find(front.last).map_or(0, |slot| slot.header().link.load(Ordering::Relaxed));
        }
        self.len -= most;
        front
    }

    /// Puts all tasks of another chain at the back.
    pub(super) fn append(&mut self, other: Chain) {
        let (first, last, len) = other.into_parts();
        match find(self.last) {
            None => self.first = first,
            Some(end) if len != 0 => end.header().link.store(first, Ordering::Relaxed),
            Some(_) => return,
        }
        self.last = last;
        self.len += len;
    }

    /// How many tasks are in it.
    pub fn len(&self) -> usize {
        self.len
    }

    /// `true` if there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// First, last and number; the tasks are the caller's now. The last one's link says nothing.
    pub(super) fn into_parts(self) -> (u32, u32, usize) {
        let parts = (self.first, self.last, self.len);
        std::mem::forget(self);
        parts
    }

    /// # Safety
    /// R1: the numbers were given up by [`into_parts`](Chain::into_parts) or [`Runnable::into_index`], and are linked in
    /// this order.
    pub(super) unsafe fn from_parts(first: u32, last: u32, len: usize) -> Chain {
        Chain { first, last, len }
    }
}

pub(super) fn find(index: u32) -> Option<Slot> {
    if index == 0 { None } else { crate::pool::find(index) }
}

impl FromIterator<Runnable> for Chain {
    fn from_iter<I: IntoIterator<Item = Runnable>>(tasks: I) -> Chain {
        let mut chain = Chain::new();
        tasks.into_iter().for_each(|task| chain.push(task));
        chain
    }
}

impl Iterator for Chain {
    type Item = Runnable;

    fn next(&mut self) -> Option<Runnable> {
        self.pop()
    }
}

impl Drop for Chain {
    /// Tasks that nobody took are cancelled, each where it may be.
    fn drop(&mut self) {
        while let Some(task) = self.pop() {
            drop(task);
        }
    }
}
