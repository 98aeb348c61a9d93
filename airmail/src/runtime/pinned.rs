//! Tasks that stay on a worker of a multi-thread runtime: an executor for them on the worker's thread.

use crate::company::{Company, Guest};
use crate::context;
use crate::local::scheduler::{Bell, Bound, Ready, Scheduler as Single};
use crate::local::worker::{Bench, cancel_all};
use crate::multi::pinned::{Make, Pinned};
use crate::multi::scheduler::Scheduler as Multi;
use crate::sync::{Arc, Mutex, Weak, lock};
use crate::threads::caught;
use airmail_core::{Options, Seat};
use std::task::Waker;

/// Makes a task on the worker that it is sent to.
pub(crate) type Letter = Box<dyn FnOnce(&Single) + Send>;

/// So many pinned tasks are run before it is the others' turn.
const IN_A_ROW: usize = 3;

/// The letters that each worker has not opened yet.
struct Letters(Box<[Mutex<Vec<Letter>>]>);

/// What a runtime with this many workers keeps for them.
pub(super) fn letters(workers: usize) -> Guest {
    Arc::new(Letters((0..workers).map(|_| Mutex::default()).collect()))
}

fn letters_of(scheduler: &Multi) -> &Letters {
    let guest = scheduler.company.guest.as_deref();
    guest.and_then(|guest| guest.downcast_ref()).expect("every multi-thread runtime keeps letters")
}

/// Sends a letter to a worker, which opens it between two polls.
pub(crate) fn send(scheduler: &Multi, worker: usize, letter: Letter) {
    let letters = &letters_of(scheduler).0[worker];
    lock(letters).push(letter);
    scheduler.ring(worker);
    if scheduler.is_closing() {
        // The worker may have left.
        throw_away(letters);
    }
}

/// Nobody opens them any more.
fn throw_away(letters: &Mutex<Vec<Letter>>) {
    let letters = std::mem::take(&mut *lock(letters));
    for letter in letters {
        caught(DROPS, || drop(letter));
    }
}

/// What a panic of a letter comes from: one of the future goes to its task.
const DROPS: &str = "the drop of a closure for `spawn_pinned`";

/// Makes the executors of pinned tasks for the workers of this runtime.
pub(super) fn maker(around: Weak<Multi>) -> Make {
    Box::new(move |place, waker| {
        let around = around.upgrade().expect("its worker asks");
        Box::new(OnWorker::new(place, around, waker))
    })
}

/// The executor of the tasks that are pinned to one worker.
struct OnWorker {
    place: usize,
    around: Arc<Multi>,
    scheduler: Arc<Single>,
    seat: Seat<Ready>,
}

impl OnWorker {
    fn new(place: usize, around: Arc<Multi>, waker: Waker) -> OnWorker {
        let company = Company { track: around.company.track.clone(), ..Company::default() };
        let options = Options { first_number: 0, ..around.options.clone() };
        let (scheduler, seat) = Single::new(Bound::ThisThread, options, Bell::Driver(waker), company);
        OnWorker { place, around, scheduler, seat }
    }

    /// As these tasks see it: `spawn` makes tasks for all workers, `spawn_local` pinned ones.
    fn enter(&self) -> context::Entered {
        context::enter(Arc::clone(&self.around), Some(Arc::clone(&self.scheduler)))
    }
}

impl Pinned for OnWorker {
    fn run(&mut self) -> bool {
        let _entered = self.enter();
        let letters = std::mem::take(&mut *lock(&letters_of(&self.around).0[self.place]));
        Bench::with(&self.scheduler, &self.seat, |bench| {
            for letter in letters {
                caught(DROPS, || letter(&self.scheduler));
            }
            (0..IN_A_ROW).map_while(|_| bench.next(None)).for_each(|task| bench.run(task));
            bench.queued(None) != 0
        })
    }

    fn end(self: Box<Self>, wait: &mut dyn FnMut()) {
        let _entered = self.enter();
        throw_away(&letters_of(&self.around).0[self.place]);
        cancel_all(&self.scheduler, &self.seat, wait);
        self.seat.retire().expect("closed, and every task has ended");
    }
}
