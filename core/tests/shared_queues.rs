//! The queues of several workers, on one thread: each beside a plain model of it.

mod common;

use airmail_core::{Chain, Id, Injector, Lifo, Ring, Runnable, Spawn, Thief};
use common::{ByHand, Counts};
use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// So many tasks fit into a ring.
const ROOM: usize = 256;

struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % below
    }
}

fn task(hand: &ByHand<()>) -> Runnable {
    hand.exec.spawn(pending::<()>(), Spawn::here()).expect("open").0
}

fn end(hand: &ByHand<()>, tasks: impl IntoIterator<Item = Runnable>) {
    hand.seat.enter(|_| tasks.into_iter().for_each(Runnable::cancel));
}

fn ids<'a>(tasks: impl IntoIterator<Item = &'a Runnable>) -> Vec<Id> {
    tasks.into_iter().map(Runnable::id).collect()
}

/// A ring, a second one that steals from it, and what should be in both.
struct Beside<'a> {
    hand: &'a ByHand<()>,
    ring: Ring,
    thief: Thief,
    other: Ring,
    model: VecDeque<Id>,
    others: VecDeque<Id>,
}

impl Beside<'_> {
    fn push(&mut self) {
        let task = task(self.hand);
        let id = task.id();
        match self.ring.push(task) {
            Ok(()) => self.model.push_back(id),
            Err(task) => {
                assert_eq!((task.id(), self.model.len()), (id, ROOM), "only a full ring refuses");
                end(self.hand, [task]);
            }
        }
    }

    fn pop(&mut self) {
        let taken = self.ring.pop();
        assert_eq!(taken.as_ref().map(Runnable::id), self.model.pop_front());
        end(self.hand, taken);
    }

    fn extend(&mut self, tasks: usize) {
        let tasks: Vec<Runnable> = (0..tasks).map(|_| task(self.hand)).collect();
        let all = ids(&tasks);
        let (fit, rest) = all.split_at(all.len().min(ROOM - self.model.len()));
        self.model.extend(fit);
        let mut chain: Chain = tasks.into_iter().collect();
        self.ring.extend(&mut chain);
        let left: Vec<Runnable> = chain.collect();
        assert_eq!(ids(&left), rest, "what does not fit stays in the chain");
        end(self.hand, left);
    }

    fn split(&mut self) {
        let half: Option<Vec<Runnable>> = self.ring.split().map(Iterator::collect);
        assert_eq!(half.is_some(), self.model.len() >= ROOM / 2, "there is a half to take");
        let expected: Vec<Id> = self.model.drain(..half.as_ref().map_or(0, Vec::len)).collect();
        assert_eq!(ids(half.iter().flatten()), expected);
        assert!(half.as_ref().is_none_or(|half| half.len() == ROOM / 2));
        end(self.hand, half.into_iter().flatten());
    }

    fn steal(&mut self) {
        let count = (self.model.len() - self.model.len() / 2).min(ROOM - self.others.len() + 1).min(ROOM / 2);
        let mut told = Vec::new();
        let first = self.thief.steal_each_into(&self.other, |task| told.push(task.id()));
        let expected: Vec<Id> = self.model.drain(..count).collect();
        assert_eq!(told, expected);
        assert_eq!(first.as_ref().map(Runnable::id), expected.first().copied());
        self.others.extend(expected.iter().skip(1));
        end(self.hand, first);
    }

    fn pop_other(&mut self) {
        let taken = self.other.pop();
        assert_eq!(taken.as_ref().map(Runnable::id), self.others.pop_front());
        end(self.hand, taken);
    }
}

/// Pushes, pops, extends, splits and steals at random, beside a `VecDeque`: same order, same length, wherever the
/// positions begin.
#[test]
fn a_ring_is_a_queue() {
    let hand = ByHand::new(());
    for start in
        [0, u32::MAX, u32::MAX - 1, u32::MAX - 100, u32::MAX - 255, u32::MAX - 256, u32::MAX - 700, 1 << 31]
    {
        let ((ring, thief), (other, _)) =
            (Ring::starting_at(start), Ring::starting_at(start.wrapping_mul(3)));
        let mut beside =
            Beside { hand: &hand, ring, thief, other, model: VecDeque::new(), others: VecDeque::new() };
        let mut random = Random(u64::from(start));
        for step in 0..6_000 {
            // The share of pushes swings, so that the ring fills up, drains, and is gone through many times.
            let pushes = if step / 900 % 2 == 0 { 75 } else { 25 };
            match random.below(100) {
                n if n < pushes => beside.push(),
                n if n % 25 == 0 => beside.steal(),
                n if n % 25 == 1 => beside.extend(random.below(60)),
                n if n % 25 == 2 => beside.split(),
                n if n % 3 == 0 => beside.pop_other(),
                _ => beside.pop(),
            }
            assert_eq!(
                (beside.ring.len(), beside.ring.is_empty()),
                (beside.model.len(), beside.model.is_empty())
            );
            assert_eq!(beside.thief.is_empty(), beside.model.is_empty());
        }
        hand.seat.enter(|_| drop(beside));
        assert_eq!(hand.exec.counters().live, 0, "a ring that is dropped cancels what is in it");
    }
    hand.shut_down();
}

/// A full ring refuses, its debug output says how full, and each half is taken once.
#[test]
fn a_full_ring_is_split() {
    let hand = ByHand::new(());
    let (ring, thief) = Ring::starting_at(u32::MAX - 10);
    assert_eq!(
        (format!("{ring:?}"), format!("{thief:?}")),
        ("Ring { len: 0, .. }".into(), "Thief { empty: true, .. }".into())
    );
    (0..ROOM).for_each(|_| ring.push(task(&hand)).expect("room"));
    end(&hand, ring.push(task(&hand)).err());
    let half: Vec<Runnable> = ring.split().expect("nobody steals").collect();
    assert_eq!((half.len(), ring.len()), (ROOM / 2, ROOM / 2));
    end(&hand, half);
    end(&hand, ring.pop());
    assert!(ring.split().is_none(), "less than half is left");
    // A thief takes half, and no more than fit into its own ring and one.
    let (own, _) = Ring::new();
    (0..ROOM - 3).for_each(|_| own.push(task(&hand)).expect("room"));
    end(&hand, thief.steal_into(&own));
    assert_eq!((own.len(), ring.len()), (ROOM, ROOM / 2 - 1 - 4));
    end(&hand, thief.steal_into(&own));
    assert_eq!((own.len(), ring.len()), (ROOM, ROOM / 2 - 1 - 5));
    hand.seat.enter(|_| drop((own, ring)));
    hand.shut_down();
}

/// Chains are split, put together and emptied at random, beside lists; what is dropped is cancelled, and nothing else.
#[test]
fn a_chain_is_a_list() {
    let (hand, mut random) = (ByHand::new(()), Random(3));
    let mut lists: Vec<(Chain, VecDeque<Id>)> = vec![(Chain::new(), VecDeque::new())];
    for _ in 0..4_000 {
        let place = random.below(lists.len());
        let count = lists.len();
        let (chain, model) = &mut lists[place];
        match random.below(6) {
            0 => {
                let taken = chain.pop();
                assert_eq!(taken.as_ref().map(Runnable::id), model.pop_front());
                end(&hand, taken);
            }
            1 if count < 8 => {
                let most = random.below(model.len() + 3);
                let front = chain.split(most);
                let rest = model.split_off(most.min(model.len()));
                let front_model = std::mem::replace(model, rest);
                lists.push((front, front_model));
            }
            2 if count > 4 => {
                let (chain, model) = lists.swap_remove(place);
                assert_eq!(chain.len(), model.len());
                let live = hand.exec.counters().live;
                hand.seat.enter(|_| drop(chain));
                assert_eq!(
                    live - hand.exec.counters().live,
                    model.len() as u64,
                    "all of it is cancelled, once"
                );
            }
            _ => {
                let task = task(&hand);
                model.push_back(task.id());
                chain.push(task);
            }
        }
        assert!(
            lists
                .iter()
                .all(|(chain, model)| (chain.len(), chain.is_empty()) == (model.len(), model.is_empty()))
        );
    }
    for (chain, model) in lists {
        let tasks: Vec<Runnable> = chain.collect();
        assert_eq!(ids(&tasks), Vec::from(model));
        end(&hand, tasks);
    }
    hand.shut_down();
}

/// Nothing of a chain is nothing: its tasks stay where they are, and live.
#[test]
fn none_of_a_chain() {
    let hand = ByHand::new(());
    let mut chain: Chain = (0..3).map(|_| task(&hand)).collect();
    assert!(chain.split(0).is_empty());
    assert_eq!((chain.len(), hand.exec.counters().live), (3, 3));
    assert!(Chain::default().split(0).is_empty());
    end(&hand, chain);
    hand.shut_down();
}

/// Tasks come out of an injector in the order of each that put them, alone or as chains, however few are taken at once.
#[test]
fn an_injector_keeps_the_order_of_each() {
    for workers in [1, 2, 3, 4, 9] {
        let (hand, injector, mut random) = (ByHand::new(()), Injector::new(workers), Random(workers as u64));
        // What was put, for each shard: threads of the same one share its order.
        let mut put: Vec<VecDeque<Id>> = vec![VecDeque::new(); workers.min(4)];
        let shards = put.len();
        for _ in 0..4_000 {
            let from = random.below(12);
            match random.below(8) {
                0 | 1 => {
                    let task = task(&hand);
                    put[from % shards].push_back(task.id());
                    injector.put(from, task);
                }
                2 => {
                    let tasks: Vec<Runnable> = (0..random.below(20)).map(|_| task(&hand)).collect();
                    put[from % shards].extend(ids(&tasks));
                    injector.put_all(from, tasks.into_iter().collect());
                }
                _ => {
                    let (parts, most) = (1 + random.below(4), random.below(6));
                    let taken: Vec<Runnable> = injector.take(from, parts, most).collect();
                    assert!(taken.len() <= most);
                    let list = (0..shards).map(|n| (from + n) % shards).find(|&shard| !put[shard].is_empty());
                    let expected: Vec<Id> = match list {
                        Some(shard) => {
                            let few = (put[shard].len() / parts + 1).min(most).min(put[shard].len());
                            put[shard].drain(..few).collect()
                        }
                        None => Vec::new(),
                    };
                    assert_eq!(ids(&taken), expected);
                    end(&hand, taken);
                }
            }
            let is_empty = put.iter().all(VecDeque::is_empty);
            assert_eq!((injector.is_empty(), injector.seems_empty()), (is_empty, is_empty));
        }
        assert_eq!(format!("{injector:?}"), format!("Injector {{ empty: {}, .. }}", injector.is_empty()));
        hand.seat.enter(|_| drop(injector));
        assert_eq!(hand.exec.counters().live, 0, "an injector that is dropped cancels what is in it");
        hand.shut_down();
    }
}

fn counted(hand: &ByHand<()>, drops: &Arc<AtomicUsize>) -> Runnable {
    let counts = Counts(Arc::clone(drops));
    let future = async move {
        let _counts = counts;
        pending::<()>().await;
    };
    hand.exec.spawn(future, Spawn::here()).expect("open").0
}

/// Whatever queue is dropped: the futures of its tasks are dropped, once each.
#[test]
fn their_drops_cancel() {
    let (hand, drops) = (ByHand::new(()), Arc::new(AtomicUsize::new(0)));
    let ((ring, thief), (lifo, lifo_thief), injector) = (Ring::new(), Lifo::new(), Injector::new(2));
    (0..3).for_each(|_| ring.push(counted(&hand, &drops)).expect("room"));
    lifo.put(counted(&hand, &drops)).expect("empty");
    // One in the list of a shard, two on its stack, one on the other's.
    (0..2).for_each(|_| injector.put(0, counted(&hand, &drops)));
    let mut taken = injector.take(0, 9, 1);
    (0..2).for_each(|from| injector.put(from, counted(&hand, &drops)));
    injector.put(0, taken.pop().expect("one"));
    assert!(!thief.is_empty() && !lifo_thief.is_empty() && !injector.is_empty());
    hand.seat.enter(|_| drop((ring, lifo, injector)));
    assert_eq!(drops.load(SeqCst), 8);
    assert!(thief.is_empty() && lifo_thief.is_empty());
    hand.shut_down();
}

/// The place for one task refuses a second one, and gives its task to whoever comes first.
#[test]
fn a_place_for_one() {
    let hand = ByHand::new(());
    let (place, thief) = Lifo::new();
    assert!(place.take().is_none() && thief.steal().is_none());
    let (first, second) = (task(&hand), task(&hand));
    let id = first.id();
    place.put(first).expect("empty");
    assert_eq!(
        (format!("{place:?}"), format!("{thief:?}")),
        ("Lifo { empty: false, .. }".into(), "LifoThief { empty: false, .. }".into())
    );
    let second = place.put(second).expect_err("there is one");
    let stolen = thief.steal().expect("it is there");
    assert_eq!(stolen.id(), id);
    place.put(second).expect("empty again");
    end(&hand, [stolen].into_iter().chain(place.take()));
    assert!(place.is_empty() && thief.is_empty());
    hand.shut_down();
}
