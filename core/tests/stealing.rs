//! Rings and an injector under load: many threads, every task comes out once.

mod common;

use airmail_core::{Injector, Lifo, LifoThief, Ring, Runnable, Seat, Spawn, Thief};
use common::ByHand;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

const WORKERS: usize = 3;
const BRINGERS: usize = 2;
/// Each bringer's. Three rings are less.
const TASKS: usize = if cfg!(debug_assertions) { 10_000 } else { 60_000 };

struct World {
    injector: Injector,
    others: Vec<(Thief, LifoThief)>,
    /// How often each task ran.
    ran: Vec<AtomicUsize>,
    done: AtomicUsize,
}

/// Takes what it finds, own and others', until every task was run. A full ring overflows.
fn work(world: &World, worker: usize, seat: &Seat<()>, ring: &Ring, lifo: &Lifo) {
    let mut turns = 0_usize;
    while world.done.load(Relaxed) < world.ran.len() {
        turns += 1;
        let task = lifo.take().or_else(|| ring.pop()).or_else(|| {
            let mut few = world.injector.take(worker, WORKERS, 300);
            let first = few.pop();
            ring.extend(&mut few);
            world.injector.put_all(worker, few);
            first.or_else(|| steal(world, worker, turns, ring))
        });
        match task {
            // Every so often a task goes round once more.
            Some(task) if turns.is_multiple_of(5) => put_back(world, worker, ring, lifo, task),
            Some(task) => seat.enter(|_| drop(task.run())),
            None => thread::yield_now(),
        }
    }
}

fn steal(world: &World, worker: usize, turns: usize, ring: &Ring) -> Option<Runnable> {
    let (thief, next) = &world.others[(worker + 1 + turns % (WORKERS - 1)) % WORKERS];
    thief.steal_into(ring).or_else(|| next.steal())
}

fn put_back(world: &World, worker: usize, ring: &Ring, lifo: &Lifo, task: Runnable) {
    let Err(task) = lifo.put(task) else { return };
    let Err(task) = ring.push(task) else { return };
    if let Some(half) = ring.split() {
        world.injector.put_all(worker, half);
    }
    if let Err(task) = ring.push(task) {
        world.injector.put(worker, task);
    }
}

/// Tasks are brought from outside, one by one and as chains, and go from ring to ring until they are run: each once.
#[test]
fn every_task_comes_out_once() {
    let by_hand = ByHand::new(());
    let exec = by_hand.exec;
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for worker in 0..WORKERS {
        let (ring, thief) = Ring::starting_at(u32::MAX - 1_000 * worker as u32);
        let (lifo, next) = Lifo::new();
        own.push((exec.another_seat(()).expect("not retired"), ring, lifo));
        others.push((thief, next));
    }
    let ran = (0..BRINGERS * TASKS).map(|_| AtomicUsize::new(0)).collect();
    let world = Arc::new(World { injector: Injector::new(WORKERS), others, ran, done: AtomicUsize::new(0) });
    thread::scope(|scope| {
        for (worker, (seat, ring, lifo)) in own.into_iter().enumerate() {
            let world = &world;
            scope.spawn(move || {
                work(world, worker, &seat, &ring, &lifo);
                assert!(lifo.is_empty() && ring.is_empty(), "nothing is left");
                seat.retire().expect("not the last one");
            });
        }
        for bringer in 0..BRINGERS {
            let world = &world;
            scope.spawn(move || {
                let mut number = bringer * TASKS;
                let mut make = || {
                    let (world, n) = (Arc::clone(world), number);
                    number += 1;
                    let run = async move {
                        world.ran[n].fetch_add(1, Relaxed);
                        world.done.fetch_add(1, Relaxed);
                    };
                    exec.spawn(run, Spawn::here()).expect("not closed").0
                };
                for _ in 0..TASKS / 10 {
                    (0..4).for_each(|_| world.injector.put(bringer, make()));
                    world.injector.put_all(bringer, (0..6).map(|_| make()).collect());
                }
            });
        }
    });
    assert!(world.ran.iter().all(|ran| ran.load(Relaxed) == 1), "each task runs once");
    assert!(world.injector.is_empty() && world.injector.take(0, 1, 1).is_empty(), "nothing is left");
    assert_eq!(exec.counters().live, 0, "each task is counted");
    by_hand.shut_down();
}
