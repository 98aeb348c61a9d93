//! Tasks that stay on their thread, woken, aborted and joined from others.

use super::join;
use crate::flavour::Flavour;
use crate::gate::{Gate, Life, Living, Yields, size};
use airmail::runtime::{Builder, LocalOptions, LocalRuntime};
use airmail::task::{AbortHandle, JoinHandle, LocalSet};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

fn runtime() -> LocalRuntime {
    Builder::new_current_thread().build_local(LocalOptions::default()).expect("the defaults make sense")
}

async fn stays(here: Rc<thread::ThreadId>, gate: Arc<Gate>, life: Life) -> (Rc<thread::ThreadId>, Life) {
    gate.wait().await;
    Yields(2).await;
    assert_eq!(*here, thread::current().id());
    (here, life)
}

/// Threads open the gates of half each, another aborts.
fn meddle(gates: &[Arc<Gate>], aborts: Vec<AbortHandle>) -> Vec<thread::JoinHandle<()>> {
    let mut threads: Vec<_> = gates
        .chunks(gates.len() / 2)
        .map(|gates| {
            let gates = gates.to_vec();
            thread::spawn(move || gates.iter().for_each(|gate| gate.open()))
        })
        .collect();
    threads.push(thread::spawn(move || aborts.iter().for_each(AbortHandle::abort)));
    threads
}

async fn ends<T>(handles: Vec<JoinHandle<T>>) -> usize {
    let mut finished = 0;
    for (number, handle) in handles.into_iter().enumerate() {
        match handle.await {
            Ok(_) => finished += 1,
            Err(error) => assert!(error.is_cancelled() && number % 3 == 0, "{number}: {error}"),
        }
    }
    finished
}

/// Woken and aborted from outside.
pub(super) fn local(_: &Flavour) {
    let living = Living::default();
    let here = Rc::new(thread::current().id());
    for _ in 0..50 * size() {
        let runtime = runtime();
        let gates: Vec<_> = (0..30).map(|_| Arc::<Gate>::default()).collect();
        let tasks = gates.iter().map(|gate| stays(Rc::clone(&here), Arc::clone(gate), living.one()));
        let handles: Vec<_> = tasks.map(|task| runtime.spawn_local(task)).collect();
        let aborts = handles.iter().step_by(3).map(JoinHandle::abort_handle).collect();
        let threads = meddle(&gates, aborts);
        assert!(runtime.block_on(ends(handles)) >= 20);
        join(threads);
        drop(runtime);
        assert_eq!((living.count(), Rc::strong_count(&here)), (0, 1));
    }
}

/// A local set in a runtime that another thread may drive.
pub(super) fn set(flavour: &Flavour) {
    let living = Living::default();
    let here = Rc::new(thread::current().id());
    let runtime = flavour.runtime();
    for _ in 0..50 * size() {
        let set = LocalSet::new();
        let gates: Vec<_> = (0..30).map(|_| Arc::<Gate>::default()).collect();
        let tasks = gates.iter().map(|gate| stays(Rc::clone(&here), Arc::clone(gate), living.one()));
        let handles: Vec<_> = tasks.map(|task| set.spawn_local(task)).collect();
        let aborts = handles.iter().step_by(3).map(JoinHandle::abort_handle).collect();
        let threads = meddle(&gates, aborts);
        assert!(set.block_on(&runtime, ends(handles)) >= 20);
        join(threads);
        drop(set);
        assert_eq!((living.count(), Rc::strong_count(&here)), (0, 1));
    }
}

/// The runtime goes while its tasks are woken and others are spawned from outside.
pub(super) fn dropped(flavour: &Flavour) {
    let living = Living::default();
    let other = flavour.runtime();
    for round in 0..80 * size() {
        let runtime = runtime();
        let here = Rc::new(thread::current().id());
        let gates: Vec<_> = (0..20).map(|_| Arc::<Gate>::default()).collect();
        let tasks = gates.iter().map(|gate| stays(Rc::clone(&here), Arc::clone(gate), living.one()));
        let handles: Vec<_> = tasks.map(|task| runtime.spawn_local(task)).collect();
        let (handle, lives) = (runtime.handle().clone(), living.clone());
        let outside = thread::spawn(move || {
            let spawn = |gate: &Arc<Gate>| {
                gate.open();
                let life = lives.one();
                handle.spawn(async move { drop(life) })
            };
            gates.iter().map(spawn).collect::<Vec<_>>()
        });
        runtime.block_on(Yields(round as u32 % 16));
        drop(runtime);
        let theirs = join([outside]).remove(0);
        other.block_on(async {
            for handle in theirs {
                assert!(handle.await.map_or_else(|error| error.is_cancelled(), |()| true));
            }
            for handle in handles {
                assert!(handle.await.map_or_else(|error| error.is_cancelled(), |_| true));
            }
        });
        assert_eq!((living.count(), Rc::strong_count(&here)), (0, 1));
    }
}
