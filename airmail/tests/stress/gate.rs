//! What the stress tests are built from: a gate that many wait at, letters that count themselves, chance.

use crate::locks::{Mutex, MutexGuard};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

/// The lock, whatever panicked under it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closed until it is opened, once; futures wait at it.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    open: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Gate {
    /// Opens the gate and wakes who waits.
    pub(crate) fn open(&self) {
        self.open.store(true, Ordering::Release);
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    pub(crate) fn wait(self: &Arc<Gate>) -> Through {
        Through(Arc::clone(self))
    }
}

/// Ready once the gate is open.
pub(crate) struct Through(Arc<Gate>);

impl Future for Through {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut waiting = lock(&self.0.waiting);
        // Under the lock, which the opener takes after it opened: one of the two sees the other.
        if self.0.is_open() {
            return Poll::Ready(());
        }
        if !waiting.iter().any(|known| known.will_wake(cx.waker())) {
            waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Yields so often.
pub(crate) struct Yields(pub(crate) u32);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// How many things there are: made less dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Living(Arc<AtomicUsize>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Life(Arc<AtomicUsize>);

impl Living {
    pub(crate) fn one(&self) -> Life {
        self.0.fetch_add(1, Ordering::Relaxed);
        Life(Arc::clone(&self.0))
    }

    /// `AcqRel` read: after it, whatever the drops did has happened.
    pub(crate) fn count(&self) -> usize {
        self.0.fetch_add(0, Ordering::AcqRel)
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Marsaglia's xorshift64: the same choices in every run.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % n
    }
}

/// How much of everything: `AIRMAIL_STRESS`, 1 by default.
pub(crate) fn size() -> usize {
    let size = std::env::var("AIRMAIL_STRESS").ok();
    size.map_or(1, |size| size.parse().expect("`AIRMAIL_STRESS` is a number"))
}
