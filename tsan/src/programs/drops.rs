//! A runtime goes while others spawn onto it, wake its tasks and hold their handles.

use super::join;
use crate::flavour::Flavour;
use crate::gate::{Gate, Life, Living, Yields, lock, size};
use crate::locks::Mutex;
use airmail::runtime::Handle;
use airmail::task::JoinHandle;
use std::sync::Arc;
use std::thread;

/// Spawns tasks of which each opens the gate that the one before waits at.
fn spawn_some(runtime: &Handle, living: &Living, start: &Gate) -> Vec<JoinHandle<Life>> {
    while !start.is_open() {
        thread::yield_now();
    }
    let mut before = Arc::<Gate>::default();
    let spawn = |step| {
        let (mine, theirs, life) = (Arc::<Gate>::default(), Arc::clone(&before), living.one());
        let wait = mine.wait();
        let handle = runtime.spawn(async move {
            theirs.open();
            wait.await;
            life
        });
        if step % 2 == 0 {
            // From outside, too.
            before.open();
        }
        before = mine;
        handle
    };
    let handles = (0..30).map(spawn).collect();
    before.open();
    handles
}

/// Dropped while threads spawn and wake.
pub(super) fn dropped(flavour: &Flavour) {
    let living = Living::default();
    let (mut done, mut cancelled) = (0, 0);
    for round in 0..80 * size() {
        let runtime = flavour.runtime();
        let start = Arc::<Gate>::default();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (handle, lives, start) = (runtime.handle().clone(), living.clone(), Arc::clone(&start));
                thread::spawn(move || spawn_some(&handle, &lives, &start))
            })
            .collect();
        start.open();
        runtime.block_on(Yields(u32::try_from(round % 64).expect("below 64")));
        let other = flavour.runtime();
        drop(runtime);
        for handle in join(threads).into_iter().flatten() {
            match other.block_on(handle) {
                Ok(_life) => done += 1,
                Err(error) => {
                    assert!(error.is_cancelled(), "{error}");
                    cancelled += 1;
                }
            }
        }
        assert_eq!(living.count(), 0, "round {round}");
    }
    println!("{done} done, {cancelled} cancelled");
}

/// Runtimes come and go while another thread joins, aborts and drops the handles of their tasks.
pub(super) fn elsewhere(flavour: &Flavour) {
    let living = Living::default();
    let post = Arc::<Mutex<Vec<Vec<JoinHandle<Life>>>>>::default();
    let over = Arc::<Gate>::default();
    let (theirs, ends, other) = (Arc::clone(&post), Arc::clone(&over), flavour.runtime());
    let elsewhere = thread::spawn(move || {
        let mut count = 0;
        loop {
            let is_over = ends.is_open();
            let Some(mut handles) = lock(&theirs).pop() else {
                if is_over {
                    return count;
                }
                thread::yield_now();
                continue;
            };
            handles.iter().skip(count % 5).step_by(5).for_each(JoinHandle::abort);
            count += handles.len();
            drop(handles.split_off(handles.len() / 2));
            for handle in handles {
                let outcome = other.block_on(handle);
                assert!(outcome.is_ok() || outcome.is_err_and(|error| error.is_cancelled()));
            }
        }
    });
    let rounds = 200 * size();
    for round in 0..rounds {
        let runtime = flavour.runtime();
        let task = |number: usize, life: Life| async move {
            match number % 3 {
                0 => {}
                1 => Yields(3).await,
                // Nobody opens it.
                _ => Arc::<Gate>::default().wait().await,
            }
            life
        };
        let handles = (0..20).map(|number| runtime.spawn(task(number, living.one()))).collect();
        lock(&post).push(handles);
        runtime.block_on(Yields(u32::try_from(round % 40).expect("below 40")));
    }
    over.open();
    assert_eq!(join([elsewhere]), [rounds * 20]);
    assert_eq!(living.count(), 0);
}
