//! Many threads drive one runtime, each for a moment; each task is joined by another than made it.

use super::join;
use crate::flavour::Flavour;
use crate::gate::{Gate, Yields, lock, size};
use crate::locks::Mutex;
use airmail::task::JoinHandle;
use std::sync::Arc;
use std::thread;

const THREADS: usize = 6;

type Handles = Mutex<Vec<JoinHandle<Box<usize>>>>;

pub(super) fn turns(flavour: &Flavour) {
    let runtime = flavour.runtime();
    let rounds = 200 * size();
    let start = Arc::<Gate>::default();
    let boxes: Arc<[Handles]> = (0..THREADS).map(|_| Handles::default()).collect();
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let (runtime, boxes, start) = (Arc::clone(&runtime), Arc::clone(&boxes), Arc::clone(&start));
            thread::spawn(move || {
                runtime.block_on(start.wait());
                let mut sum = 0;
                for round in 0..rounds {
                    let answer = Box::new(number * rounds + round);
                    let theirs = runtime.spawn(async move {
                        Yields(u32::try_from(*answer % 3).expect("below 3")).await;
                        answer
                    });
                    lock(&boxes[(number + 1) % THREADS]).push(theirs);
                    let mine = lock(&boxes[number]).pop();
                    if let Some(mine) = mine {
                        sum += *runtime.block_on(mine).expect("done");
                    }
                }
                sum
            })
        })
        .collect();
    start.open();
    let sum: usize = join(threads).into_iter().sum();
    let left = boxes.iter().flat_map(|handles| std::mem::take(&mut *lock(handles)));
    let rest: usize = left.map(|handle| *runtime.block_on(handle).expect("done")).sum();
    let tasks = THREADS * rounds;
    assert_eq!(sum + rest, tasks * (tasks - 1) / 2);
}
