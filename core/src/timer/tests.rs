use super::{Entry, NEVER, Timers};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

struct Note(u64, Arc<Mutex<Vec<u64>>>);

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.1.lock().expect("no panic").push(self.0);
    }
}

/// A wheel beside a map that is ordered by deadline and number, which says what is right.
struct Beside {
    timers: Timers,
    entries: Vec<(Pin<Box<Entry>>, u64)>,
    log: Arc<Mutex<Vec<u64>>>,
    map: BTreeSet<(u64, u64)>,
    next_number: u64,
    now: u64,
}

impl Beside {
    fn new(start: u64) -> Beside {
        Beside {
            timers: Timers::new(),
            entries: Vec::new(),
            log: Arc::default(),
            map: BTreeSet::new(),
            next_number: 0,
            now: start,
        }
    }

    /// A number for each arming, so that those of one deadline are told apart.
    fn number(&mut self, deadline: u64) -> (u64, Waker) {
        self.next_number += 1;
        let number = self.next_number;
        self.map.insert((deadline, number));
        (number, Waker::from(Arc::new(Note(number, Arc::clone(&self.log)))))
    }

    fn deadline_of(&self, number: u64) -> Option<u64> {
        self.map.iter().find(|(_, other)| *other == number).map(|(deadline, _)| *deadline)
    }

    fn arm(&mut self, deadline: u64) {
        let first = deadline < self.timers.next();
        let (number, waker) = self.number(deadline);
        let mut entry = Box::pin(Entry::new());
        let told = self.timers.arm(entry.as_mut(), deadline, self.now, &waker).expect("open");
        assert_eq!(told, first, "who waits has to hear of the first one");
        self.entries.push((entry, number));
    }

    fn cancel(&mut self, at: usize) {
        let (entry, number) = self.entries.swap_remove(at);
        let deadline = self.deadline_of(number);
        assert_eq!(entry.is_armed(), deadline.is_some());
        drop(entry);
        if let Some(deadline) = deadline {
            self.map.remove(&(deadline, number));
        }
    }

    fn move_to(&mut self, at: usize, deadline: u64) {
        let number = self.entries[at].1;
        let Some(before) = self.deadline_of(number) else {
            assert_eq!(self.entries[at].0.as_mut().move_to(deadline, self.now), None);
            return;
        };
        self.map.remove(&(before, number));
        let (number, waker) = self.number(deadline);
        let (entry, old) = &mut self.entries[at];
        assert!(entry.as_mut().move_to(deadline, self.now).is_some());
        assert!(entry.as_mut().update(&waker));
        *old = number;
    }

    fn pass(&mut self, to: u64) {
        self.now = to;
        let next = self.timers.next();
        let first = self.map.iter().next().map_or(NEVER, |(first, _)| *first);
        assert!(next <= first, "it would be late");
        assert_eq!(self.timers.exact_next(), first);
        while self.timers.fire(to, Waker::wake) {}
        let fired = std::mem::take(&mut *self.log.lock().expect("no panic"));
        let later = self.map.split_off(&(to.saturating_add(1), 0));
        let due: Vec<u64> =
            std::mem::replace(&mut self.map, later).into_iter().map(|(_, number)| number).collect();
        assert_eq!(fired, due, "at {to}");
    }
}

/// A generator after G. Marsaglia (xorshift, 2003).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, below: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(below)) >> 64) as u64
    }

    /// As often short as long.
    fn span(&mut self, bits: u32) -> u64 {
        let bits = self.below(u64::from(bits) + 1);
        self.next() & ((1 << bits) - 1)
    }
}

/// Times from which timers are tried: beginnings of slots of every level, 12.4 days, and years of uptime.
fn starts() -> Vec<u64> {
    let (day, year) = (86_400_000_000_000, 31_557_600_000_000_000);
    let powers = (1..10).map(|level| 1_u64 << (6 * level));
    let near = powers.flat_map(|power| [power - 1, power, power + 1]);
    near.chain([0, 1, day * 12 + day * 2 / 5, 1 << 36, year, 100 * year, 400 * year]).collect()
}

#[test]
fn fires_as_an_ordered_map_would() {
    for (round, start) in starts().into_iter().enumerate() {
        let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (round as u64 + 1));
        let mut beside = Beside::new(start);
        for _ in 0..3000 {
            let live = beside.entries.len() as u64;
            match random.below(10) {
                0..5 => {
                    let deadline = match random.below(8) {
                        0 => NEVER,
                        1 => beside.now,
                        _ => beside.now.saturating_add(random.span(56)),
                    };
                    beside.arm(deadline);
                }
                5..7 if live > 0 => beside.cancel(random.below(live) as usize),
                7 if live > 0 => {
                    let deadline = beside.now.saturating_add(random.span(50));
                    beside.move_to(random.below(live) as usize, deadline);
                }
                _ => {
                    // Often exactly to a deadline.
                    let exact = random.below(2) == 0 && !beside.map.is_empty();
                    let first = beside.map.iter().next().map_or(NEVER, |(first, _)| *first);
                    let to = if exact && first != NEVER { first } else { beside.now + random.span(48) };
                    beside.pass(to);
                }
            }
        }
    }
}

/// Many in one slot are sorted finer a few at a time; some are cancelled or moved on their way, and some armed.
#[test]
fn a_crowd_sinks_in_order() {
    for start in [0, 1 << 40] {
        let mut random = Random(7);
        let mut beside = Beside::new(start);
        for _ in 0..2000 {
            let deadline = start + (1 << 30) + random.span(12);
            beside.arm(deadline);
        }
        assert!(beside.timers.next() <= start + (1 << 30));
        let begin = start + (1 << 30) - 1;
        assert!(!beside.timers.fire(begin, |_| panic!("too early")) || beside.timers.next() <= begin);
        // One batch has begun to sort them.
        beside.now = start + (1 << 30);
        let mut fired = Vec::new();
        beside.timers.fire(beside.now, |waker| fired.push(waker));
        fired.into_iter().for_each(Waker::wake);
        for _ in 0..500 {
            let live = beside.entries.len() as u64;
            let at = random.below(live) as usize;
            if beside.entries[at].0.is_armed() {
                beside.cancel(at);
            }
        }
        let done = std::mem::take(&mut *beside.log.lock().expect("no panic"));
        done.iter().for_each(|number| {
            let deadline = beside.deadline_of(*number).expect("it was armed");
            assert!(deadline <= beside.now);
            beside.map.remove(&(deadline, *number));
        });
        beside.pass(start + (1 << 30) + 2000);
        beside.pass(start + (1 << 31));
        assert!(beside.map.is_empty());
        assert_eq!(beside.timers.next(), NEVER);
    }
}

#[test]
fn a_closed_wheel_takes_no_timers_and_the_next_runtime_has_it_empty() {
    let timers = Timers::new();
    let log = Arc::<Mutex<Vec<u64>>>::default();
    let mut entries: Vec<_> = (0..100).map(|_| Box::pin(Entry::new())).collect();
    for (number, entry) in entries.iter_mut().enumerate() {
        let waker = Waker::from(Arc::new(Note(number as u64, Arc::clone(&log))));
        timers.arm(entry.as_mut(), 1 << number.min(63), 0, &waker).expect("open");
    }
    timers.close();
    assert!(timers.is_closed());
    let mut late = Box::pin(Entry::new());
    assert!(timers.arm(late.as_mut(), 5, 0, Waker::noop()).is_err());
    assert!(!late.is_armed());
    timers.fire_all(Waker::wake);
    assert_eq!(log.lock().expect("no panic").len(), 100);
    assert!(entries.iter().all(|entry| !entry.is_armed()));
    assert_eq!(timers.next(), NEVER);
    drop(timers);
    let next = Timers::new();
    next.arm(entries[0].as_mut(), 7, 3, Waker::noop()).expect("it is open again");
    assert_eq!(next.next(), 7);
    drop(next);
    assert!(!entries[0].is_armed(), "a wheel that is given back has no timers");
    assert!(!entries[0].as_mut().update(Waker::noop()));
}

#[test]
fn an_entry_is_as_small_as_a_line() {
    assert!(size_of::<Entry>() <= 72, "{}", size_of::<Entry>());
}
