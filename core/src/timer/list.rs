//! Lists of timers that lie in the futures of those who wait.

use super::place::Place;
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

/// A timer as a wheel sees it.
#[derive(Debug)]
pub(super) struct Node {
    /// A wheel has it. Set by the owner under the wheel's lock; unset by whoever takes it out, as the last that is done to it.
    linked: AtomicBool,
    links: UnsafeCell<Links>,
}

#[derive(Debug)]
struct Links {
    /// The neighbours in a ring. Null while no wheel has the node.
    next: *const Node,
    before: *const Node,
    deadline: u64,
    /// Where the wheel put it last.
    place: Place,
    waker: Option<Waker>,
}

impl Node {
    pub(super) fn new() -> Node {
        let links = Links {
            next: std::ptr::null(),
            before: std::ptr::null(),
            deadline: 0,
            place: Place { level: 0, slot: 0 },
            waker: None,
        };
        Node { linked: AtomicBool::new(false), links: UnsafeCell::new(links) }
    }

    /// `Acquire` pairs with `let_go`: who sees that no wheel has it may do with it what it likes.
    pub(super) fn is_linked(&self) -> bool {
        self.linked.load(Ordering::Acquire)
    }

    /// Under the lock of its wheel, or by the owner while no wheel has it.
    fn links<R>(&self, f: impl FnOnce(&mut Links) -> R) -> R {
        self.links.with_mut(|links| {
            // SAFETY: T1.
            f(unsafe { &mut *links })
        })
    }

    pub(super) fn deadline(&self) -> u64 {
        self.links(|links| links.deadline)
    }

    pub(super) fn place(&self) -> Place {
        self.links(|links| links.place)
    }

    pub(super) fn set_place(&self, place: Place) {
        self.links(|links| links.place = place);
    }

    /// The owner says when it fires, and whom it wakes. What was there before comes back.
    pub(super) fn set(&self, deadline: u64, waker: Option<Waker>) -> Option<Waker> {
        self.links(|links| {
            links.deadline = deadline;
            std::mem::replace(&mut links.waker, waker)
        })
    }

    pub(super) fn set_deadline(&self, deadline: u64) {
        self.links(|links| links.deadline = deadline);
    }

    pub(super) fn will_wake(&self, waker: &Waker) -> bool {
        self.links(|links| links.waker.as_ref().is_some_and(|old| old.will_wake(waker)))
    }

    pub(super) fn replace_waker(&self, waker: Waker) -> Option<Waker> {
        self.links(|links| links.waker.replace(waker))
    }

    /// The wheel is done with the node, which may be gone as soon as that is said: so it comes as an address.
    pub(super) fn let_go(node: *const Node) -> Option<Waker> {
        // SAFETY: T2, until the store; T1, which that store ends.
        unsafe {
            let waker = (*node).links(|links| links.waker.take());
            (*node).linked.store(false, Ordering::Release);
            waker
        }
    }
}

/// A ring of nodes, first in, first out. All of them are [linked](Node::is_linked), and so alive and in their places (T2).
#[derive(Debug)]
pub(super) struct List(*const Node);

impl List {
    pub(super) const EMPTY: List = List(std::ptr::null());

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_null()
    }

    pub(super) fn take(&mut self) -> List {
        std::mem::replace(self, List::EMPTY)
    }

    /// The first, which stays.
    pub(super) fn first(&self) -> Option<&Node> {
        // SAFETY: T2.
        unsafe { self.0.as_ref() }
    }

    /// All of them, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Node> {
        let mut next = self.first();
        std::iter::from_fn(move || {
            let node = next?;
            let after = node.links(|links| links.next);
            // SAFETY: T2.
            next = if std::ptr::eq(after, self.0) { None } else { unsafe { after.as_ref() } };
            Some(node)
        })
    }

    /// The node goes to the back. It stays alive, and where it is, until it is let go.
    pub(super) fn push(&mut self, node: &Node) {
        let this: *const Node = node;
        node.linked.store(true, Ordering::Relaxed);
        let Some(first) = self.first() else {
            node.links(|links| (links.next, links.before) = (this, this));
            self.0 = this;
            return;
        };
        let last = first.links(|links| std::mem::replace(&mut links.before, this));
        node.links(|links| (links.next, links.before) = (self.0, last));
        // SAFETY: T2.
        unsafe { &*last }.links(|links| links.next = this);
    }

    /// A node of this list leaves it.
    pub(super) fn remove(&mut self, node: &Node) {
        let this: *const Node = node;
        let (next, before) = node.links(|links| {
            let null = std::ptr::null();
            (std::mem::replace(&mut links.next, null), std::mem::replace(&mut links.before, null))
        });
        if std::ptr::eq(next, this) {
            self.0 = std::ptr::null();
            return;
        }
        // SAFETY: T2.
        let (after, ahead) = unsafe { (&*next, &*before) };
        after.links(|links| links.before = before);
        ahead.links(|links| links.next = next);
        if std::ptr::eq(self.0, this) {
            self.0 = next;
        }
    }

    /// The first leaves the list. It is still the wheel's.
    pub(super) fn pop<'a>(&mut self) -> Option<&'a Node> {
        // SAFETY: T2; the caller holds the lock until it has let the node go or linked it again.
        let first = unsafe { self.0.as_ref() }?;
        self.remove(first);
        Some(first)
    }
}
