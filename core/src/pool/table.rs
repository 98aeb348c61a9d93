//! A table that only grows: number to address, without a lock, in two loads at most.

use crate::sync::atomic::{AtomicPtr, Ordering};

const CHUNK: usize = 1024;

const NONE_LEFT: &str = "airmail has no number left for another page or executor";

type Chunk<T> = [AtomicPtr<T>; CHUNK];

/// Up to `CHUNK * CHUNKS` addresses of things that live for ever. The first `CHUNK` are found in one load.
#[derive(Debug)]
pub(super) struct Table<T: 'static, const CHUNKS: usize> {
    first: Chunk<T>,
    chunks: [AtomicPtr<Chunk<T>>; CHUNKS],
}

impl<T, const CHUNKS: usize> Table<T, CHUNKS> {
    pub(super) const fn new() -> Self {
        Table {
            first: [const { AtomicPtr::new(std::ptr::null_mut()) }; CHUNK],
            chunks: [const { AtomicPtr::new(std::ptr::null_mut()) }; CHUNKS],
        }
    }

    pub(super) const CAPACITY: usize = CHUNK * CHUNKS;

    /// `Acquire` pairs with [`put`](Table::put).
    #[inline(always)]
    pub(super) fn get(&self, number: usize) -> Option<&'static T> {
        let entry = if number < CHUNK {
            &self.first[number]
        } else {
            self.chunk(number / CHUNK)?.get(number % CHUNK)?
        };
        // SAFETY: P1, entries are null or `&'static T`.
        unsafe { entry.load(Ordering::Acquire).as_ref() }
    }

    fn chunk(&self, chunk: usize) -> Option<&'static Chunk<T>> {
        // SAFETY: P1, chunks are null or leaked.
        unsafe { self.chunks.get(chunk)?.load(Ordering::Acquire).as_ref() }
    }

    /// Each number once; different numbers from any thread.
    ///
    /// # Panics
    /// If the number is taken (those that count up have met those that count down), or too large.
    pub(super) fn put(&self, number: usize, item: &'static T) {
        assert!(number < Self::CAPACITY, "{NONE_LEFT}");
        let entry =
            if number < CHUNK { &self.first[number] } else { &self.grow(number / CHUNK)[number % CHUNK] };
        let item = std::ptr::from_ref(item).cast_mut();
        let put = entry.compare_exchange(std::ptr::null_mut(), item, Ordering::Release, Ordering::Relaxed);
        assert!(put.is_ok(), "{NONE_LEFT}");
    }

    fn grow(&self, chunk: usize) -> &'static Chunk<T> {
        if let Some(chunk) = self.chunk(chunk) {
            return chunk;
        }
        let new: *mut Chunk<T> =
            Box::into_raw(Box::new([const { AtomicPtr::new(std::ptr::null_mut()) }; CHUNK]));
        match self.chunks[chunk].compare_exchange(
            std::ptr::null_mut(),
            new,
            Ordering::AcqRel,
            Ordering::Acquire,
        ) {
            // SAFETY: P1, it is in the table now and stays.
            Ok(_) => unsafe { &*new },
            Err(other) => {
                // SAFETY: P1, this chunk never went into the table.
                drop(unsafe { Box::from_raw(new) });
                // SAFETY: P1, chunks are null or leaked.
                unsafe { &*other }
            }
        }
    }
}
