//! The task: one slot, three kinds of handles, and the rules by which they share it.
//!
//! # Who holds what
//!
//! * [`Runnable`] is the right to poll once. It exists while the task is in a queue; the thread that runs it
//!   owns the task for the length of the poll.
//! * A [`Waker`](std::task::Waker) is a slot's address and a generation. It owns nothing.
//! * [`JoinHandle`] pins the slot until the outcome is taken or given up. [`AbortHandle`] is an [`Id`].
//!
//! # The state word
//!
//! Generation (32 bits) and flags. What each event does to each word, printed from [`word`] and compared by
//! the test `transition_table`; `-` means that the event cannot happen there.
//!
//! ```text
//! word                   | wake           | abort                | poll start   | poll: Pending   | poll: Ready
//! FREE                   | stale          | stale                | -            | -               | -
//! LIVE                   | +OWNED: submit | +OWNED|ABORT: submit | -            | -               | -
//! LIVE|OWNED             | +WOKEN: noted  | +ABORT: noted        | poll         | -OWNED: parked  | DONE
//! LIVE|OWNED|WOKEN       | same: noted    | +ABORT: noted        | -WOKEN: poll | -WOKEN: requeue | DONE
//! LIVE|OWNED|ABORT       | +WOKEN: noted  | same: noted          | cancel       | cancel          | DONE
//! LIVE|OWNED|WOKEN|ABORT | same: noted    | same: noted          | cancel       | cancel          | DONE
//! DONE                   | stale          | stale                | -            | -               | -
//! ```
//!
//! A wake or abort with another generation is stale everywhere. `DONE` becomes `FREE` of the next generation
//! when the last user gives the slot back. `same` is written all the same: the poll start only loads, so it is
//! this write that hands over what the waker did before.
//!
//! The join word is the second word: the owner swaps `CLOSED` in, the handle swaps `DETACHED` in, and whoever
//! comes second owns the finished slot.
//!
//! # Access rules
//!
//! Cited at each `unsafe`.
//!
//! * **A1** A header is all atomics; its pointers, once set, are `'static`. Anybody may look at any time; who
//!   may rely on what they see is what the other rules say.
//! * **A2** Slots are never given back to the allocator.
//! * **A3** A task reference is made from a slot and a generation only, and travels with our vtables or in
//!   join words only.
//! * **A4** A free slot belongs to whoever took it from the pool, until the task in it is published.
//! * **R1** The owner of a task (its `Runnable`, then its poll) is alone with the future.
//! * **R2** What is swapped out of a join word belongs to who swapped it out. Of a foreign waker the handle has a
//!   reference of its own.
//! * **R3** A finished slot and what is in its body belong to the second of the two who swapped the join
//!   word. All that the task's owner does to the slot comes before its swap.
//! * **R4** A waker for a poll is lent for that poll.
//! * **R5** The data of a relay's waker is one reference of an `Arc` of the type that its vtable was made for.
//! * **S1** A block's scheduler changes only while the block has no live task, and is read only by owners of
//!   live tasks of that block.
//! * **S2** A scheduler's reference count: the block has one, a wake from outside the seat takes its own.
//! * **S3** A thread's seat pointer is a `Seat<T>` of that executor and tenancy, which stays where it is
//!   while somebody sits in it. One thread sits in a seat at a time (a `Seat` is not `Sync`).
//!
//! The pool's own: **P1** table entries live for ever; **P2** a page's slots lie inside it; **P3** a stash is
//! used by the thread in its seat only; **P4** pages and bodies are never of size zero; **P5** the
//! ring of a queue for one thread belongs to it alone. The shared queues': **P6** a place of a ring is written by its owner
//! while it is behind the tail and no thief has claimed it, and read once, by who claimed it; **P7** the list of a shard is
//! touched by who holds the shard's lock.
//!
//! The timers' (`timer/`): **T1** what is in a node is touched by who holds the lock of the wheel that has it, and while no
//! wheel has it, by its owner alone; that it is let go is the last thing that a wheel says of it; **T2** a node that a wheel
//! has is alive and stays where it is: it is pinned, and its drop takes it out first.
//!
//! The scopes' (`scope/`): **L1** a child's future is dropped before its `Leave`, and so is its output, unless a handle has
//! it, which cannot outlive the scope; `scope` neither returns nor unwinds before every `Leave` is dropped, and nobody is
//! left then who could begin a child; **L2** a child's future stays where its child is.

mod abort;
mod cell;
pub mod coop;
mod current;
mod error;
mod exec;
mod join;
mod joinword;
mod meta;
mod report;
mod root;
mod runnable;
mod schedule;
mod seat;
mod slot;
mod state;
mod ticket;
mod waker;
pub(crate) mod word;

pub use abort::{AbortHandle, wake_for_nothing};
pub use cell::MAX_INLINE;
pub use current::{
    id as current_id, is_ending, joined_meta, meta as current_meta, outside, thread as thread_number,
};
pub use error::JoinError;
pub use exec::{Counters, Exec, Options, Refused, Spawn, dead_letter};
pub use join::JoinHandle;
pub use meta::{Activity, Id, Meta, TaskInfo};
pub use report::{Hook, Report, Trouble, report_panic};
pub use root::Root;
pub use runnable::{Answered, Around, Ran, Runnable};
pub use schedule::Schedule;
pub use seat::{Busy, Seat, Seated};
pub use waker::is_of_task;
pub use word::Outcome;

pub(crate) use report::discard_payload;
pub(crate) use schedule::{FIRST_EXEC, ROOTS, Shared};
pub(crate) use seat::with_head;
pub(crate) use slot::{BODY_OFFSET, Header, MAX_ADDRESS, Slot};
