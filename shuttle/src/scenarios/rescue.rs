//! Workers that are in one poll for long, and who watches them.

use crate::futures::Stage;
use crate::machine::Machine;
use crate::multi::rescue::Watch;
use crate::multi::scheduler::Scheduler;
use crate::stalls::Patience;
use crate::sync::{self, Arc, Condvar, Duration, Instant, Mutex, lock, thread, wait_until};

/// A poll that lasts as long is late.
const LATE: Duration = Duration::from_millis(10);

const PATIENCE: Patience = Patience { rescue: LATE, report: Duration::MAX };

fn new_watch() -> Watch {
    Watch::new(PATIENCE)
}

/// One look, and what is done about it. `true`: nobody need look any more, until somebody calls.
fn look(watch: &mut Watch, scheduler: &Arc<Scheduler>) -> bool {
    let looked = watch.look(scheduler, Instant::now());
    let rescued = scheduler.rescue(&looked);
    watch.note(&rescued);
    looked.rests
}

/// A task that blocks its worker until another one has run, which only that worker has.
fn blocking_task(machine: &Machine, began: &Stage) -> impl Future<Output = ()> + Send + use<> {
    let (machine, began, ran) = (machine.clone(), began.clone(), Stage::new());
    async move {
        let stage = ran.clone();
        machine.spawn(async move { stage.advance() }).detach();
        began.advance();
        ran.block(1);
    }
}

/// The only worker blocks until a task has run that it would run next: a spare has to, after two looks.
pub(super) fn rescue() {
    let machine = Machine::start(1);
    let began = Stage::new();
    let blocks = machine.spawn(blocking_task(&machine, &began));
    began.block(1);
    let mut watch = new_watch();
    look(&mut watch, &machine.scheduler);
    sync::pass(LATE);
    look(&mut watch, &machine.scheduler);
    assert_eq!(machine.join(blocks), Some(()));
    // It has gone on: one worker too many.
    look(&mut watch, &machine.scheduler);
    let last = machine.spawn(async {});
    assert_eq!(machine.join(last), Some(()));
    drop(watch);
    machine.end();
}

/// Two workers are late or just not any more, spares begin or are just not needed, and it is closed at any moment.
pub(super) fn rescue_close() {
    let machine = Machine::start(2);
    let letters = [0, 1].map(|_| {
        let inner = machine.clone();
        machine.spawn(async move {
            let stage = Stage::new();
            let ran = stage.clone();
            inner.spawn(async move { ran.advance() }).detach();
            // For no longer than that: what it waits for may be cancelled.
            thread::yield_now();
            stage.reached(1).await;
        })
    });
    let scheduler = Arc::clone(&machine.scheduler);
    let watcher = thread::spawn(move || {
        let mut watch = new_watch();
        for _ in 0..3 {
            look(&mut watch, &scheduler);
            sync::pass(LATE);
        }
    });
    machine.scheduler.close();
    for letter in letters {
        let _ = machine.join(letter);
    }
    watcher.join().expect("no panic");
    machine.wait_and_check();
}

/// Somebody who looks while there is something to do, and is called when there is again.
struct Watcher {
    state: Mutex<State>,
    call: Condvar,
    /// How often all rested.
    dozed: Stage,
}

#[derive(Default)]
struct State {
    called: bool,
    over: bool,
}

impl Watcher {
    fn start(machine: &Machine) -> (Arc<Watcher>, thread::JoinHandle<()>) {
        let watcher =
            Arc::new(Watcher { state: Mutex::default(), call: Condvar::new(), dozed: Stage::new() });
        let called = Arc::clone(&watcher);
        let call = Box::new(move || called.tell(|state| state.called = true));
        machine.scheduler.call_watchdog_with(PATIENCE, call);
        let (watches, scheduler) = (Arc::clone(&watcher), Arc::clone(&machine.scheduler));
        let thread = thread::spawn(move || {
            let mut watch = new_watch();
            while watches.wait() {
                loop {
                    if look(&mut watch, &scheduler) {
                        watches.dozed.advance();
                        break;
                    } else if watches.is_over() {
                        break;
                    }
                    sync::pass(LATE);
                    thread::yield_now();
                }
            }
        });
        (watcher, thread)
    }

    fn tell(&self, what: impl FnOnce(&mut State)) {
        what(&mut lock(&self.state));
        self.call.notify_one();
    }

    fn is_over(&self) -> bool {
        lock(&self.state).over
    }

    /// `false`: it is over.
    fn wait(&self) -> bool {
        let mut state = lock(&self.state);
        while !state.called && !state.over {
            state = wait_until(&self.call, state, None).0;
        }
        state.called = false;
        !state.over
    }
}

/// All rest, so nobody looks any more, just when the worker gets something to do that blocks it.
pub(super) fn doze() {
    let machine = Machine::start(1);
    let (watcher, thread) = Watcher::start(&machine);
    let first = machine.spawn(async {});
    assert_eq!(machine.join(first), Some(()));
    let blocks = machine.spawn(blocking_task(&machine, &Stage::new()));
    assert_eq!(machine.join(blocks), Some(()));
    watcher.tell(|state| state.over = true);
    thread.join().expect("no panic");
    machine.end();
}

/// A worker says that it blocks, for so long that nobody looks any more, and then does so without a word.
pub(super) fn doze_while_lent() {
    let machine = Machine::start(1);
    let (watcher, thread) = Watcher::start(&machine);
    let (inner, dozed) = (machine.clone(), watcher.dozed.clone());
    let blocks = machine.spawn(async move {
        inner.scheduler.block_in_place(|| dozed.block(1));
        let ran = Stage::new();
        let stage = ran.clone();
        inner.spawn(async move { stage.advance() }).detach();
        ran.block(1);
    });
    assert_eq!(machine.join(blocks), Some(()));
    watcher.tell(|state| state.over = true);
    thread.join().expect("no panic");
    machine.end();
}
