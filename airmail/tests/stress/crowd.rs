//! One thread of a crowd: it does to tasks whatever can be done to tasks, by chance.

use crate::gate::{Chance, Gate, Life, Living, Yields};
use airmail::runtime::Handle;
use airmail::task::{AbortHandle, JoinHandle};
use std::sync::Arc;

/// A task of this thread whose handle is still there.
struct Letter {
    handle: JoinHandle<Life>,
    /// Opens it, if it waits.
    gate: Option<Arc<Gate>>,
    aborted: bool,
}

/// What one thread does and keeps.
pub(crate) struct Crowd {
    chance: Chance,
    runtime: Handle,
    living: Living,
    letters: Vec<Letter>,
    /// Of tasks whose handles are gone, too.
    aborters: Vec<AbortHandle>,
    /// Of detached tasks.
    gates: Vec<Arc<Gate>>,
    tally: Tally,
}

/// What became of the tasks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    steps: usize,
    spawned: usize,
    done: usize,
    cancelled: usize,
    detached: usize,
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Tally>>(tallies: I) -> Tally {
        tallies.fold(Tally::default(), |all, one| Tally {
            steps: all.steps + one.steps,
            spawned: all.spawned + one.spawned,
            done: all.done + one.done,
            cancelled: all.cancelled + one.cancelled,
            detached: all.detached + one.detached,
        })
    }
}

impl Tally {
    /// No handle was lost, and everything happened at all.
    pub(crate) fn check(self, steps: usize) {
        println!("{self:?}");
        assert_eq!(self.steps, steps);
        assert_eq!(self.done + self.cancelled + self.detached, self.spawned);
        assert!(self.done > 0 && self.cancelled > 0 && self.detached > 0);
    }
}

impl Crowd {
    pub(crate) fn new(number: usize, runtime: Handle, living: Living) -> Crowd {
        Crowd {
            chance: Chance::new(number as u64 + 1),
            runtime,
            living,
            letters: Vec::new(),
            aborters: Vec::new(),
            gates: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// So many random steps.
    pub(crate) fn act(&mut self, steps: usize) {
        for _ in 0..steps {
            self.tally.steps += 1;
            match self.chance.below(10) {
                0..4 => self.spawn(),
                4 => self.open(),
                5 => self.abort(),
                6 => self.abort_again(),
                7 => self.detach(),
                _ => self.join(),
            }
        }
    }

    fn spawn(&mut self) {
        let life = self.living.one();
        self.tally.spawned += 1;
        let kind = self.chance.below(4);
        let gate = (kind >= 2).then(Arc::<Gate>::default);
        let wait = gate.as_ref().map(Gate::wait);
        let handle = self.runtime.spawn(async move {
            if kind == 1 || kind == 3 {
                Yields(2).await;
            }
            if let Some(wait) = wait {
                wait.await;
            }
            life
        });
        self.aborters.push(handle.abort_handle());
        self.letters.push(Letter { handle, gate, aborted: false });
    }

    fn any(&mut self) -> Option<usize> {
        if self.letters.is_empty() { None } else { Some(self.chance.below(self.letters.len())) }
    }

    fn open(&mut self) {
        if let Some(at) = self.any()
            && let Some(gate) = &self.letters[at].gate
        {
            gate.open();
        }
    }

    fn abort(&mut self) {
        if let Some(at) = self.any() {
            self.letters[at].handle.abort();
            self.letters[at].aborted = true;
        }
    }

    /// Aborts a task that most likely ended long ago, whose slot another task may have by now: which must not
    /// notice.
    fn abort_again(&mut self) {
        if self.aborters.is_empty() {
            return;
        }
        let at = self.chance.below(self.aborters.len());
        let aborter = self.aborters.swap_remove(at);
        if let Some(letter) = self.letters.iter_mut().find(|letter| letter.handle.id() == aborter.id()) {
            letter.aborted = true;
        }
        aborter.abort();
    }

    fn detach(&mut self) {
        if let Some(at) = self.any() {
            let letter = self.letters.swap_remove(at);
            self.gates.extend(letter.gate);
            self.tally.detached += 1;
            drop(letter.handle);
        }
    }

    fn join(&mut self) {
        if let Some(at) = self.any() {
            let letter = self.letters.swap_remove(at);
            self.join_one(letter);
        }
    }

    /// A task that was aborted ends although nobody opens its gate; any other answers.
    fn join_one(&mut self, letter: Letter) {
        if let Some(gate) = &letter.gate
            && !letter.aborted
        {
            gate.open();
        }
        match self.runtime.block_on(letter.handle) {
            Ok(_life) => self.tally.done += 1,
            Err(error) => {
                assert!(error.is_cancelled() && letter.aborted, "{error}; aborted: {}", letter.aborted);
                self.tally.cancelled += 1;
            }
        }
    }

    /// Joins what is left, and opens the gates of what was detached, every other one: the rest waits until the
    /// runtime goes.
    pub(crate) fn finish(mut self) -> Tally {
        while let Some(letter) = self.letters.pop() {
            self.join_one(letter);
        }
        self.gates.iter().step_by(2).for_each(|gate| gate.open());
        self.tally
    }
}
