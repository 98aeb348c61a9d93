//! Who sleeps and who searches, on one thread, beside two sets.

use airmail_core::Gate;
use std::collections::BTreeSet;

/// So many workers share a word: who searches in one word does not limit who may begin in another.
const WORD: usize = 56;

struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % below
    }
}

/// Every operation at random, for as many workers as fit into one word, need one more, or several.
#[test]
fn a_gate_is_two_sets() {
    for workers in [1, 2, 55, 56, 57, 112, 200] {
        let (gate, mut random) = (Gate::new(workers), Random(workers as u64));
        let (mut idle, mut searching) = (BTreeSet::new(), BTreeSet::new());
        for _ in 0..10_000 {
            let worker = random.below(workers);
            let last = (random.below(2) == 0).then(|| random.below(workers));
            match (random.below(6), idle.contains(&worker), searching.contains(&worker)) {
                (0, false, false) => {
                    let most = random.below(workers + 1);
                    let beside = searching.iter().filter(|&other| other / WORD == worker / WORD).count();
                    assert_eq!(gate.begin_search(worker, most), beside < most);
                    if beside < most {
                        searching.insert(worker);
                    }
                }
                (1, false, true) => {
                    searching.remove(&worker);
                    let is_last = searching.iter().all(|other| other / WORD != worker / WORD);
                    assert_eq!(gate.end_search(worker), is_last);
                }
                (2, false, was_searching) => {
                    gate.announce(worker, was_searching);
                    searching.remove(&worker);
                    idle.insert(worker);
                }
                (3, is_idle, false) => {
                    assert_eq!(gate.withdraw(worker), is_idle);
                    if idle.remove(&worker) {
                        searching.insert(worker);
                    }
                }
                (4, ..) => check_choice(&mut idle, &mut searching, last, gate.choose(last), false),
                (5, ..) => check_choice(&mut idle, &mut searching, last, gate.choose_another(last), true),
                _ => {}
            }
            assert_eq!(gate.is_idle(worker), idle.contains(&worker));
            assert_eq!(gate.may_choose(), !idle.is_empty() && searching.is_empty());
        }
        let all = format!("Gate {{ searching: {}, idle: {}, .. }}", searching.len(), idle.len());
        assert_eq!(format!("{gate:?}"), all);
    }
}

fn check_choice(
    idle: &mut BTreeSet<usize>,
    searching: &mut BTreeSet<usize>,
    last: Option<usize>,
    chosen: Option<usize>,
    beside_others: bool,
) {
    let may = !idle.is_empty() && (beside_others || searching.is_empty());
    assert_eq!(chosen.is_some(), may, "{idle:?} {searching:?}");
    if let Some(chosen) = chosen {
        assert!(idle.remove(&chosen), "{chosen} sleeps");
        assert!(searching.insert(chosen), "it counts as a searcher now");
        assert!(Some(chosen) != last || idle.is_empty(), "{chosen} is chosen if it is the only one");
    }
}

/// Each of many sleepers is chosen once.
#[test]
fn all_are_chosen() {
    for workers in [1, 2, 56, 57, 200] {
        let gate = Gate::new(workers);
        (0..workers).for_each(|worker| gate.announce(worker, false));
        let mut chosen: Vec<usize> = std::iter::from_fn(|| gate.choose_another(Some(0))).collect();
        assert_eq!(chosen.pop(), Some(0), "the last one");
        chosen.sort_unstable();
        assert!(chosen.into_iter().eq(1..workers));
        assert!(!gate.may_choose() && gate.choose(None).is_none());
    }
}
