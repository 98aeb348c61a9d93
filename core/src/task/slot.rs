//! A slot: the header of a task, 64 bytes, and the bytes behind it where its future lives.
//!
//! Where slots come from and go to is [`pool`](crate::pool)'s business. This file says what one is.

use super::cell::Vtable;
use super::joinword::JoinWord;
use super::meta::{Id, Site};
use super::schedule::Shared;
use super::state::State;
use super::word::Word;
use crate::pool;
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicU32, Ordering, fence};
use crate::sync::note;
use std::ptr::NonNull;

/// What is known of a task. Its layout is final; a test of the crate pins it to 64 bytes.
///
/// Everything here is atomic, because a stale waker, an abort handle or a walker may look at any moment, also
/// after the slot went to another task. Who may write what is in the access rules of [the task
/// module](super).
#[derive(Debug)]
#[repr(C, align(16))]
pub(crate) struct Header {
    pub(super) state: State,
    pub(super) join: JoinWord,
    vtable: note::AtomicPtr<Vtable>,
    site: note::AtomicPtr<()>,
    /// The next slot in the one list or stack that holds this slot: depot, inbox, injector or chain.
    pub(crate) link: AtomicU32,
    index: note::AtomicU32,
    exec: note::AtomicU32,
    polls: note::AtomicU32,
    last_poll: note::AtomicU32,
    pub(super) wakers: AtomicU32,
    wait: note::AtomicU32,
    woken_by: note::AtomicU32,
    /// Stands for the body, so that a model sees who touches it when. No bytes of its own.
    pub(super) body: UnsafeCell<()>,
}

/// A block's number, in the lower bits of the word that also tells the tenancy.
const EXEC: u32 = (1 << 20) - 1;

/// Block and tenancy in one word, as a header keeps them.
#[inline(always)]
pub(super) fn exec_word(block: u32, tenancy: u32) -> u32 {
    debug_assert!(block <= EXEC);
    block | tenancy << EXEC.count_ones()
}

/// `true` if a task of `slot` can be of this tenancy: the low 12 bits agree. (A wrong yes, after 2,048 more
/// executors in the block, lists or reports a finished task as another executor's; nothing else relies on it.)
pub(super) fn is_of_tenancy(slot: Slot, tenancy: u32) -> bool {
    slot.header().tenant() == tenant_of(tenancy)
}

/// The bits of a tenancy that a header keeps.
pub(super) fn tenant_of(tenancy: u32) -> u32 {
    exec_word(0, tenancy) >> EXEC.count_ones()
}

/// Where the body starts.
pub(crate) const BODY_OFFSET: usize = size_of::<Header>().next_multiple_of(BODY_ALIGN);
/// What every body may rely on. Larger alignments get a body of their own from the allocator.
pub(crate) const BODY_ALIGN: usize = 16;

impl Header {
    #[allow(dead_code, reason = "slots start as zeroed memory; the models construct theirs")]
    pub(crate) fn new(word: super::word::Word) -> Header {
        Header {
            state: State::new(word),
            join: JoinWord::new(),
            vtable: note::AtomicPtr::default(),
            site: note::AtomicPtr::default(),
            link: AtomicU32::new(0),
            index: note::AtomicU32::new(0),
            exec: note::AtomicU32::new(0),
            polls: note::AtomicU32::new(0),
            last_poll: note::AtomicU32::new(0),
            wakers: AtomicU32::new(0),
            wait: note::AtomicU32::new(0),
            woken_by: note::AtomicU32::new(0),
            body: UnsafeCell::new(()),
        }
    }

    /// The slot's number in the process, given once when its page was cut.
    #[inline(always)]
    pub(crate) fn index(&self) -> u32 {
        self.index.load(Ordering::Relaxed)
    }

    pub(crate) fn set_index(&self, index: u32) {
        self.index.store(index, Ordering::Relaxed);
    }

    /// The number of the block whose task this is.
    #[inline(always)]
    pub(crate) fn exec(&self) -> u32 {
        self.exec.load(Ordering::Relaxed) & EXEC
    }

    /// The low bits of the tenancy in which the task was spawned.
    pub(super) fn tenant(&self) -> u32 {
        self.exec.load(Ordering::Relaxed) >> EXEC.count_ones()
    }

    /// The id of the task in the slot.
    #[inline(always)]
    pub(crate) fn id(&self) -> Id {
        self.id_of(self.state.peek())
    }

    /// As [`id`](Header::id), if the state word has been read already.
    #[inline(always)]
    pub(super) fn id_of(&self, word: Word) -> Id {
        if word.is_counted() { self.counted_id(word) } else { self.place_of(word) }
    }

    /// Slot and generation: what finds the task, whatever its id is.
    #[inline(always)]
    pub(super) fn place_of(&self, word: Word) -> Id {
        Id::new(self.index(), word.generation())
    }

    /// Tasks whose wakers are not counted have no sequence number.
    #[cold]
    fn counted_id(&self, word: Word) -> Id {
        match self.sequence_of(word) {
            0 => self.place_of(word),
            number => Id::numbered(number),
        }
    }

    /// The task's sequence number; 0: its executor gave none.
    pub(super) fn sequence(&self) -> u32 {
        self.sequence_of(self.state.peek())
    }

    /// As [`sequence`](Header::sequence), if the state word has been read already. The executor is not asked: it may be
    /// gone, and its block another's.
    fn sequence_of(&self, word: Word) -> u32 {
        pool::sequence(self.index(), word.generation())
    }

    /// The new task gets the executor's next sequence number, if it gives any.
    #[cold]
    pub(super) fn give_sequence(&self, shared: &Shared) {
        if shared.next_in_sequence.load(Ordering::Relaxed) != 0 {
            let number = shared.next_in_sequence.fetch_add(1, Ordering::Relaxed);
            pool::set_sequence(self.index(), self.state.peek().generation(), number);
        }
    }

    #[inline(always)]
    pub(super) fn vtable(&self) -> &'static Vtable {
        // SAFETY: A1, `describe` stored a `&'static Vtable` before the task was published.
        unsafe { &*self.vtable.load(Ordering::Relaxed) }
    }

    #[inline(always)]
    pub(super) fn site(&self) -> Site {
        Site::from_raw(self.site.load(Ordering::Relaxed))
    }

    #[inline(always)]
    pub(super) fn polls(&self) -> u32 {
        self.polls.load(Ordering::Relaxed)
    }

    pub(super) fn last_poll(&self) -> u32 {
        self.last_poll.load(Ordering::Relaxed)
    }

    pub(super) fn woken_by(&self) -> u32 {
        self.woken_by.load(Ordering::Relaxed)
    }

    pub(super) fn wait_reason(&self) -> u32 {
        self.wait.load(Ordering::Relaxed)
    }

    /// The owner notes that it polls now, at `tick`.
    #[inline(always)]
    pub(super) fn note_poll(&self, tick: u32) {
        self.polls.store(self.polls().wrapping_add(1), Ordering::Relaxed);
        self.last_poll.store(tick, Ordering::Relaxed);
    }

    /// Who won the wake notes which task it was running, or 0.
    #[inline(always)]
    pub(super) fn note_woken_by(&self, index: u32) {
        self.woken_by.store(index, Ordering::Relaxed);
    }

    /// Everything about a new task but its state; the slot is free and its creator's.
    #[inline(always)]
    pub(super) fn describe(&self, vtable: &'static Vtable, site: Site, exec: u32, tick: u32, by: u32) {
        // Pairs with the walker's fence (`TaskInfo::look`): who reads anything of what follows also sees the
        // generation that the slot's last user moved on.
        fence(Ordering::Release);
        self.vtable.store(std::ptr::from_ref(vtable).cast_mut(), Ordering::Relaxed);
        self.site.store(site.into_raw(), Ordering::Relaxed);
        self.exec.store(exec, Ordering::Relaxed);
        self.polls.store(0, Ordering::Relaxed);
        self.last_poll.store(tick, Ordering::Relaxed);
        self.wait.store(0, Ordering::Relaxed);
        self.woken_by.store(by, Ordering::Relaxed);
        self.join.reset();
    }
}

/// A slot's address. The memory behind it is a [`Header`] and its body for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(NonNull<Header>);

// SAFETY: A1, the header is made of atomics; what the body allows is decided by the rules, not by who holds
// the address.
unsafe impl Send for Slot {}
// SAFETY: A1, as above.
unsafe impl Sync for Slot {}

impl Slot {
    /// # Safety
    /// A2: `header` points to a header which is never given back to the allocator and which carries the
    /// provenance of its body's bytes too.
    pub(crate) unsafe fn new(header: NonNull<Header>) -> Slot {
        Slot(header)
    }

    #[inline(always)]
    pub(crate) fn header(self) -> &'static Header {
        // SAFETY: A2, slots are never freed and a header is all atomics.
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    pub(super) fn as_non_null(self) -> NonNull<Header> {
        self.0
    }

    pub(crate) fn as_ptr(self) -> *mut Header {
        self.0.as_ptr()
    }

    /// The bytes in the slot behind the header.
    #[inline(always)]
    pub(super) fn inline_body<B>(self) -> *mut B {
        // SAFETY: A2, header and body are one allocation, and the body starts at this offset.
        unsafe { self.0.as_ptr().byte_add(BODY_OFFSET).cast::<B>() }
    }
}

const ADDRESS_BITS: u32 = 48;
const ADDRESS: usize = (1 << ADDRESS_BITS) - 1;

/// A slot's address and the low 16 bits of the generation that is meant: one word, `Copy`, never dangling.
/// It is the data pointer of wakers and what a join word stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskRef(*const ());

impl TaskRef {
    #[inline(always)]
    pub(super) fn new(slot: Slot, generation: u32) -> TaskRef {
        let tag = usize::from(generation as u16) << ADDRESS_BITS;
        // The address has none of the tag's bits, so that adding is combining.
        TaskRef(slot.as_ptr().cast_const().cast::<()>().wrapping_byte_add(tag))
    }

    /// # Safety
    /// A3: `raw` came from [`TaskRef::into_raw`].
    #[inline(always)]
    pub(super) unsafe fn from_raw(raw: *const ()) -> TaskRef {
        TaskRef(raw)
    }

    #[inline(always)]
    pub(super) fn into_raw(self) -> *const () {
        self.0
    }

    #[inline(always)]
    pub(super) fn generation(self) -> u16 {
        TaskRef::generation_of(self.0)
    }

    #[inline(always)]
    pub(super) fn generation_of(raw: *const ()) -> u16 {
        (raw.addr() >> ADDRESS_BITS) as u16
    }

    #[inline(always)]
    pub(super) fn slot(self) -> Slot {
        let header = self.0.map_addr(|address| address & ADDRESS).cast_mut().cast::<Header>();
        debug_assert!(!header.is_null());
        // SAFETY: A3, made by `TaskRef::new` from a slot's address, which fits into the mask (the pool checks
        // it for every page).
        unsafe { Slot(NonNull::new_unchecked(header)) }
    }
}

/// The highest address that a slot may have.
pub(crate) const MAX_ADDRESS: usize = ADDRESS;
