//! Which thread goes on at each step. A schedule is given by a strategy and a seed, whatever came before it.

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};
use std::cell::Cell;

/// How threads are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// Any thread at any step; each seed stays with one more or less often.
    Random,
    /// Threads have priorities, and few of those change on the way, at any step: after S. Burckhardt and others, "A
    /// randomized scheduler with probabilistic guarantees of finding bugs" (PCT, 2010).
    Priorities,
}

/// How often the priority of a running thread changes.
const CHANGES: usize = 3;
/// A thread that took so many steps, while others could go on, waits for one of them: it comes last from then on.
const SPINS: u32 = 400;
/// A thread that is parked wakes up for nothing in one of so many steps.
const FOR_NOTHING: u64 = 64;

/// Gives each schedule its own seed.
#[derive(Debug)]
pub(crate) struct Seeded {
    strategy: Strategy,
    seeds: std::ops::Range<u64>,
    random: u64,
    /// A thread is left in one of 2^`loose` steps.
    loose: u32,
    changes: [u64; CHANGES],
    steps: u64,
    /// How many steps the thread that runs has taken, since another one did.
    spins: u32,
    /// By number of thread: the highest goes first.
    priorities: Vec<i64>,
    lowest: i64,
    /// Who can go on, at one step.
    choice: Vec<TaskId>,
}

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
}

/// The seed of the schedule that this thread runs, or ran last.
pub(crate) fn seed() -> u64 {
    SEED.get()
}

impl Seeded {
    pub(crate) fn new(strategy: Strategy, seeds: std::ops::Range<u64>) -> Seeded {
        Seeded {
            strategy,
            seeds,
            random: 0,
            loose: 0,
            changes: [0; CHANGES],
            steps: 0,
            spins: 0,
            priorities: Vec::new(),
            lowest: 0,
            choice: Vec::new(),
        }
    }

    /// S. Vigna's splitmix64 (2015).
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.random() % limit as u64) as usize
    }

    /// `choice` is who can go on.
    fn any(&mut self, current: Option<TaskId>, is_yielding: bool) -> TaskId {
        if let Some(current) = current.filter(|current| !is_yielding && self.choice.contains(current))
            && self.random() & ((1 << self.loose) - 1) != 0
        {
            return current;
        }
        let n = self.below(self.choice.len());
        self.choice[n]
    }

    fn first(&mut self, current: Option<TaskId>, is_yielding: bool) -> TaskId {
        let last = self.choice.iter().map(|id| usize::from(*id)).max().unwrap_or(0);
        while self.priorities.len() <= last {
            let priority = (self.random() >> 1).cast_signed();
            self.priorities.push(priority);
        }
        self.spins += 1;
        self.steps += 1;
        if let Some(current) = current
            && (is_yielding || self.spins > SPINS || self.changes.contains(&self.steps))
        {
            self.lowest -= 1;
            self.priorities[usize::from(current)] = self.lowest;
        }
        let first = self.choice.iter().copied().max_by_key(|id| self.priorities[usize::from(*id)]);
        let first = first.expect("somebody can go on");
        if current != Some(first) {
            self.spins = 0;
        }
        first
    }
}

impl Scheduler for Seeded {
    fn new_execution(&mut self) -> Option<Schedule> {
        let seed = self.seeds.next()?;
        SEED.set(seed);
        self.random = seed ^ (self.strategy as u64) << 63;
        self.loose = 1 + self.below(4) as u32;
        // Programs are of different lengths, and threads of them too.
        let length = 32 << self.below(6);
        self.changes = std::array::from_fn(|_| self.random() % length);
        (self.steps, self.spins, self.lowest) = (0, 0, 0);
        self.priorities.clear();
        Some(Schedule::new(seed))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        let for_nothing =
            runnable.iter().any(|task| !task.runnable()) && self.random().is_multiple_of(FOR_NOTHING);
        self.choice.clear();
        let choice = runnable.iter().filter(|task| task.runnable() || for_nothing);
        self.choice.extend(choice.map(|task| task.id()));
        Some(match (&self.choice[..], self.strategy) {
            ([only], _) => *only,
            (_, Strategy::Random) => self.any(current, is_yielding),
            (_, Strategy::Priorities) => self.first(current, is_yielding),
        })
    }

    fn next_u64(&mut self) -> u64 {
        self.random()
    }
}
