//! What can be said about a task: its id, its name, where it was spawned, what it is doing.

use super::slot::Slot;
use super::word::Outcome;
use crate::names::Name;
use crate::sync::atomic::{Ordering, fence};
use std::fmt;
use std::panic::Location;

/// A task's tracking number: exact for the life of the process, `Copy`, and it keeps nothing alive.
///
/// It is a slot number and how often that slot was used before, printed as `slot.use`: `7.0` is the first
/// task in slot 7. No two tasks of a process ever have the same id, but for those of simulations: there it is a
/// sequence number, printed as `7`, and the same each time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u64);

impl Id {
    pub(crate) const fn new(index: u32, generation: u32) -> Id {
        Id((index as u64) << 32 | generation as u64)
    }

    /// Of an executor that numbers its tasks. No slot has the number 0.
    pub(super) const fn numbered(number: u32) -> Id {
        Id(number as u64)
    }

    pub(super) const fn from_u64(id: u64) -> Id {
        Id(id)
    }

    #[inline]
    pub(crate) const fn index(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline]
    pub(crate) const fn generation(self) -> u32 {
        self.0 as u32
    }

    /// The id as one number, unique like the id itself.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Through `pad`, so that a table can align ids.
        match self.index() {
            0 => f.pad(&self.generation().to_string()),
            slot => f.pad(&format!("{slot}.{}", self.generation())),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

/// Where a task was spawned, and its name: 48 bits of address and 16 bits of name in one word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site(*mut ());

const SITE_ADDRESS: usize = super::slot::MAX_ADDRESS;
const NAME_BITS: u32 = usize::BITS - SITE_ADDRESS.count_ones();

/// The address of a program's own data, from its lower 48 bits: the upper ones repeat the highest of these.
#[inline(always)]
fn sign_extended(address: usize) -> usize {
    ((address << NAME_BITS).cast_signed() >> NAME_BITS).cast_unsigned()
}

impl Site {
    #[inline(always)]
    pub(crate) fn new(location: &'static Location<'static>, name: Name) -> Site {
        let tag = usize::from(name.number()) << SITE_ADDRESS.count_ones();
        let address = std::ptr::from_ref(location).cast_mut().cast::<()>();
        debug_assert!(address.addr() == sign_extended(address.addr()));
        Site(address.map_addr(|address| (address & SITE_ADDRESS) | tag))
    }

    pub(super) fn into_raw(self) -> *mut () {
        self.0
    }

    pub(super) fn from_raw(raw: *mut ()) -> Site {
        Site(raw)
    }

    pub(crate) fn location(self) -> &'static Location<'static> {
        // SAFETY: A1, made by `Site::new` from a `&'static Location`.
        unsafe { &*self.0.map_addr(sign_extended).cast::<Location<'static>>() }
    }

    pub(crate) fn name(self) -> Option<&'static str> {
        Name::from_number((self.0.addr() >> SITE_ADDRESS.count_ones()) as u16).text()
    }
}

/// What a task is called and where it came from: what every report says of it.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// Its id.
    pub id: Id,
    /// The name given at the spawn, if any.
    pub name: Option<&'static str>,
    /// The line that spawned it.
    pub location: &'static Location<'static>,
}

impl Meta {
    /// Looks the name up, which takes the table's lock if there is one: not for the path of a wake-up.
    pub(super) fn new(id: Id, site: Site) -> Meta {
        Meta { id, name: site.name(), location: site.location() }
    }

    /// Of a slot that the caller keeps from being reused.
    pub(super) fn of(slot: Slot) -> Meta {
        Meta::new(slot.header().id(), slot.header().site())
    }
}

impl fmt::Display for Meta {
    /// `task 7.0 "flush" (spawned at src/main.rs:4:9)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.id)?;
        if let Some(name) = self.name {
            write!(f, " {name:?}")?;
        }
        write!(f, " (spawned at {})", self.location)
    }
}

/// What a task is doing at the moment of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// In a queue, or being polled.
    Scheduled,
    /// In no queue: it waits for a wake-up.
    Waiting,
    /// It ended; its handle has not taken the outcome yet.
    Done(Outcome),
}

/// One consistent look at a task.
#[derive(Clone, Copy, Debug)]
pub struct TaskInfo {
    /// Id, name, spawn site.
    pub meta: Meta,
    /// What it was doing.
    pub activity: Activity,
    /// How often it was polled. Wraps at 2³².
    pub polls: u32,
    /// The executor's tick of the last poll (or of the spawn).
    pub last_poll: u32,
    /// The slot number (the first part of an [`Id`]) of the task that woke it last, or that spawned it; the future
    /// of a `block_on` has one too. 0: woken from outside. In a simulation, the sequence number of that task, and 0
    /// for a `block_on`.
    pub woken_by: u32,
    /// Why it waits, as its leaf future noted; 0: nothing was noted.
    pub wait_reason: u32,
    /// Living wakers of the task, if they are counted.
    pub wakers: Option<u32>,
}

impl TaskInfo {
    /// Looks at a slot that anybody may be using; `None` if it holds no task or changed hands meanwhile.
    pub(crate) fn look(slot: Slot) -> Option<TaskInfo> {
        let header = slot.header();
        let before = header.state.observe();
        let activity = match before.outcome() {
            Some(outcome) => Activity::Done(outcome),
            None if !before.is_live() => return None,
            None if before.is_owned() => Activity::Scheduled,
            None => Activity::Waiting,
        };
        let info = TaskInfo {
            meta: Meta::new(header.id_of(before), header.site()),
            activity,
            polls: header.polls(),
            last_poll: header.last_poll(),
            woken_by: header.woken_by(),
            wait_reason: header.wait_reason(),
            wakers: before.is_counted().then(|| super::waker::count(header)),
        };
        // A seqlock's closing read: the generation moves on before anybody describes another task.
        fence(Ordering::Acquire);
        (header.state.peek().generation() == before.generation()).then_some(info)
    }
}
