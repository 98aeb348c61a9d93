//! In which order the ready tasks are polled.

use super::rng::Rng;
use super::trace::mix;
use crate::local::pick::{Fifo, Pick};
use crate::task::{Id, Runnable};
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// How a simulation chooses among the tasks that are ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// Seed 0 is first in, first out, as without a simulation. Of the other seeds half are
    /// [`Random`](Strategy::Random), and half are [`Pct`](Strategy::Pct) of depth 2 to 4. The default.
    #[default]
    Mixed,
    /// Each ready task is as likely as any other.
    Random,
    /// Each task has a random priority, and the highest that is ready is polled; at `depth` - 1 points, placed at
    /// random, the running task falls behind all others. Finds with few seeds what needs one task to be slow while the
    /// others run on, a bug of that many ordering constraints. Probabilistic concurrency testing (Burckhardt, Kothari,
    /// Musuvathi, Nagarakatte, 2010), for polls.
    Pct {
        /// How many ordering constraints the bug may need; 1 and more.
        depth: u32,
    },
    /// One after another by number, round after round.
    RoundRobin,
    /// First in, first out, as the runtime without a simulation.
    Fifo,
}

impl Strategy {
    /// The order that this strategy and this seed mean, to be given to
    /// [`Builder::pick`](crate::runtime::Builder::pick).
    pub fn picks(self, seed: u64) -> Box<dyn Pick> {
        match self {
            Strategy::Fifo => Box::new(Fifo),
            Strategy::Random => Box::new(Random::new(seed)),
            Strategy::Pct { depth } => Box::new(Pct::new(seed, depth)),
            Strategy::RoundRobin => Box::new(RoundRobin::new()),
            Strategy::Mixed if seed == 0 => Box::new(Fifo),
            Strategy::Mixed => match Rng::new(seed, 2).below(6) as u32 {
                rest @ 0..3 => Strategy::Pct { depth: rest + 2 }.picks(seed),
                _ => Strategy::Random.picks(seed),
            },
        }
    }
}

/// Each ready task is as likely as any other.
#[derive(Clone, Debug)]
pub struct Random(Rng);

impl Random {
    /// The same seed, the same choices.
    #[must_use]
    pub fn new(seed: u64) -> Random {
        Random(Rng::new(seed, 1))
    }
}

impl Pick for Random {
    fn pick(&mut self, ready: &VecDeque<Runnable>) -> usize {
        self.0.below(ready.len())
    }
}

/// One after another by id, in rounds: a task that is made during a round, or gets ready when its turn is over, waits
/// for the next one.
#[derive(Clone, Debug, Default)]
pub struct RoundRobin {
    last: Option<Id>,
    /// The last of this round.
    end: Option<Id>,
}

impl RoundRobin {
    /// Begins with the lowest id.
    #[must_use]
    pub fn new() -> RoundRobin {
        RoundRobin::default()
    }
}

impl Pick for RoundRobin {
    fn pick(&mut self, ready: &VecDeque<Runnable>) -> usize {
        let ids = || ready.iter().map(Runnable::id).enumerate();
        let (last, end) = (self.last, self.end);
        let in_round = ids().filter(|&(_, id)| last < Some(id) && Some(id) <= end);
        let next = in_round.min_by_key(|&(_, id)| id).or_else(|| {
            self.end = ids().map(|(_, id)| id).max();
            ids().min_by_key(|&(_, id)| id)
        });
        let Some((place, id)) = next else { return 0 };
        self.last = Some(id);
        place
    }
}

/// How many picks a run may have in which the points are placed: 2 to this power is drawn anew for each run, since
/// nobody knows how long it will be.
const SHORTEST: usize = 4;
const LONGEST: usize = 11;
/// A task that was picked so often in a row, though others were ready, only yields: it falls behind.
const IN_A_ROW: u32 = 32;
/// A task that was passed over so often since it came to the front of the queue is polled: a loop that makes a new
/// task in each round would keep from its turn one that fell behind, for ever.
const PASSED_OVER: u32 = 512;

/// See [`Strategy::Pct`].
#[derive(Clone, Debug)]
pub struct Pct {
    rng: Rng,
    /// Above all that have fallen behind.
    priorities: HashMap<Id, u64, BuildHasherDefault<IdHasher>>,
    /// The picks after which the running task falls behind, the next one last.
    points: Vec<u64>,
    picks: u64,
    /// The priority of the next task that falls behind.
    behind: u64,
    last: Option<Id>,
    in_a_row: u32,
    /// Who has been ready for the longest time, and how often others were picked since then.
    front: Option<Id>,
    passed_over: u32,
}

impl Pct {
    /// The same seed, the same choices.
    #[must_use]
    pub fn new(seed: u64, depth: u32) -> Pct {
        let mut rng = Rng::new(seed, 3);
        let length = 1 << (SHORTEST + rng.below(LONGEST - SHORTEST + 1));
        // More points than picks say no more.
        let points = (1..depth).take(length);
        let mut points: Vec<u64> = points.map(|_| rng.below(length) as u64).collect();
        points.sort_unstable_by(|a, b| b.cmp(a));
        Pct {
            rng,
            priorities: HashMap::default(),
            points,
            picks: 0,
            behind: BEHIND,
            last: None,
            in_a_row: 0,
            front: None,
            passed_over: 0,
        }
    }

    fn priority(&mut self, id: Id) -> u64 {
        *self.priorities.entry(id).or_insert_with(|| self.rng.next() | (BEHIND + 1))
    }

    fn fall_behind(&mut self, id: Id) {
        self.behind -= 1;
        self.priorities.insert(id, self.behind);
    }

    /// The first in the queue, if it was passed over too often.
    fn starved(&mut self, front: Id) -> Option<Id> {
        let same = self.front.replace(front) == Some(front);
        self.passed_over = if same { self.passed_over + 1 } else { 0 };
        (self.passed_over >= PASSED_OVER).then(|| {
            self.passed_over = 0;
            front
        })
    }

    /// Notes who was picked, and whether that one goes on at this priority.
    fn note(&mut self, id: Id, alone: bool) {
        self.picks += 1;
        self.in_a_row = if self.last == Some(id) && !alone { self.in_a_row + 1 } else { 0 };
        self.last = Some(id);
        let mut falls = self.in_a_row >= IN_A_ROW;
        while self.points.last().is_some_and(|&point| point < self.picks) {
            self.points.pop();
            falls = true;
        }
        if falls {
            self.in_a_row = 0;
            self.fall_behind(id);
        }
    }
}

/// Ids are numbers without a pattern that would hurt: one multiplication will do.
#[derive(Clone, Debug, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = mix(self.0, word);
    }
}

/// Priorities of tasks that never fell behind have this bit.
const BEHIND: u64 = (1 << 63) - 1;

impl Pick for Pct {
    fn pick(&mut self, ready: &VecDeque<Runnable>) -> usize {
        if let Some(starved) = ready.front().map(Runnable::id).and_then(|front| self.starved(front)) {
            self.note(starved, ready.len() == 1);
            return 0;
        }
        let mut best = (0, 0, None);
        for (place, id) in ready.iter().map(Runnable::id).enumerate() {
            let priority = self.priority(id);
            if best.2.is_none() || priority > best.1 {
                best = (place, priority, Some(id));
            }
        }
        let (place, _, Some(id)) = best else { return 0 };
        self.note(id, ready.len() == 1);
        place
    }
}
