//! A wheel: many timers, of which the next ones are found at once.

use super::list::{List, Node};
use super::place::{LEVELS, Place, SLOTS};
use std::task::Waker;

/// A time that never comes.
pub const NEVER: u64 = u64::MAX;

/// Of so many timers in a slot, the first is looked for. With more, the time at which the slot begins will do: then they are
/// sorted finer.
const FEW: usize = 16;

/// The place of those that never fire.
const NOWHERE: Place = Place { level: u8::MAX, slot: 0 };

/// The timers of a wheel, to be touched under its lock.
#[derive(Debug)]
pub(super) struct Wheel {
    /// Every timer is in the place that belongs to it at this time.
    time: u64,
    levels: [Level; LEVELS],
    /// Levels with timers, a bit each.
    used: u16,
    /// The timers of a slot that are on their way to lower levels, as the wheel's time has come to it.
    sinking: List,
    /// Where those were. As long as there are any, no other timer belongs there.
    sinking_from: Place,
    /// Those that never fire.
    never: List,
    /// So many timers there are.
    count: usize,
}

// SAFETY: T1, T2.
unsafe impl Send for Wheel {}

#[derive(Debug)]
struct Level {
    /// Slots with timers, a bit each.
    used: u64,
    /// Made when the level is used for the first time.
    slots: Option<Box<[List; SLOTS]>>,
}

/// What comes out of a wheel.
#[derive(Debug)]
pub(super) enum Step {
    /// A timer has fired.
    Fired(Option<Waker>),
    /// A timer is in a finer place now.
    Sunk,
    /// None is due.
    Done,
}

impl Wheel {
    pub(super) const fn new() -> Wheel {
        Wheel {
            time: 0,
            levels: [const { Level { used: 0, slots: None } }; LEVELS],
            used: 0,
            sinking: List::EMPTY,
            sinking_from: Place { level: 0, slot: 0 },
            never: List::EMPTY,
            count: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a timer behind those of the same deadline. One that is before the wheel's time is due at once.
    pub(super) fn add(&mut self, node: &Node, now: u64) {
        if self.is_empty() {
            self.time = now;
        }
        self.count += 1;
        self.put(node);
    }

    fn put(&mut self, node: &Node) {
        if node.deadline() == NEVER {
            node.set_place(NOWHERE);
            return self.never.push(node);
        }
        let place = Place::of(node.deadline().max(self.time), self.time);
        node.set_place(place);
        self.list(place).push(node);
        self.levels[usize::from(place.level)].used |= 1 << place.slot;
        self.used |= 1 << place.level;
    }

    fn list(&mut self, place: Place) -> &mut List {
        let slots = &mut self.levels[usize::from(place.level)].slots;
        let slots = slots.get_or_insert_with(|| Box::new([const { List::EMPTY }; SLOTS]));
        &mut slots[usize::from(place.slot)]
    }

    /// A timer of this wheel leaves it. It is [let go](Node::let_go) by the caller.
    pub(super) fn remove(&mut self, node: &Node) {
        self.count -= 1;
        let place = node.place();
        if place == NOWHERE {
            return self.never.remove(node);
        }
        if !self.sinking.is_empty() && place == self.sinking_from {
            return self.sinking.remove(node);
        }
        self.list(place).remove(node);
        self.tidy(place);
    }

    /// Notes whether a slot is empty now.
    fn tidy(&mut self, place: Place) {
        if self.list(place).is_empty() {
            let level = &mut self.levels[usize::from(place.level)];
            level.used &= !(1 << place.slot);
            if level.used == 0 {
                self.used &= !(1 << place.level);
            }
        }
    }

    /// The first slot that has timers.
    fn first(&self) -> Option<Place> {
        let level = self.used.trailing_zeros();
        let used = self.levels.get(level as usize)?.used;
        Some(Place { level: level as u8, slot: used.trailing_zeros() as u8 })
    }

    /// A time that is not after the first deadline, and is that deadline if few others are near. [`NEVER`]: there is none.
    pub(super) fn next(&mut self) -> u64 {
        self.earliest(FEW)
    }

    /// The first deadline; while the timers of a slot are being sorted, a time that has come and is not after it.
    pub(super) fn exact_next(&mut self) -> u64 {
        self.earliest(usize::MAX)
    }

    fn earliest(&mut self, few: usize) -> u64 {
        if !self.sinking.is_empty() {
            return self.time;
        }
        let Some(place) = self.first() else { return NEVER };
        let start = place.start(self.time);
        let list = self.list(place);
        if place.level == 0 || list.iter().nth(few).is_some() {
            return start;
        }
        list.iter().map(Node::deadline).min().unwrap_or(NEVER)
    }

    /// One step towards `now`.
    pub(super) fn step(&mut self, now: u64) -> Step {
        if let Some(node) = self.sinking.pop() {
            self.put(node);
            return Step::Sunk;
        }
        let Some(place) = self.first() else { return Step::Done };
        let start = place.start(self.time);
        if start > now {
            // Every timer's place is the same at any time before the first slot's.
            self.time = self.time.max(now);
            return Step::Done;
        }
        self.time = start;
        if place.level > 0 {
            self.sinking = self.list(place).take();
            self.sinking_from = place;
            self.tidy(place);
            return Step::Sunk;
        }
        let node = self.list(place).pop();
        self.tidy(place);
        self.count -= 1;
        Step::Fired(node.and_then(|node| Node::let_go(node)))
    }

    /// Takes out any timer, to be [let go](Node::let_go).
    pub(super) fn pop<'a>(&mut self) -> Option<&'a Node> {
        let node = if let Some(node) = self.sinking.pop().or_else(|| self.never.pop()) {
            node
        } else {
            let place = self.first()?;
            let node = self.list(place).pop()?;
            self.tidy(place);
            node
        };
        self.count -= 1;
        Some(node)
    }
}
