//! airmail-core under loom: the same files, compiled against loom's types.
//!
//! `core/src/task`, `queue` and most of `pool` are compiled here a second time, beside a [`sync`] that gives
//! loom's atomics under the names of core's own `sync.rs`. Only pages and tables differ: each execution of a
//! model makes its slots anew (`pool/mod.rs`). No cfg, no RUSTFLAGS: `cargo test -p airmail-model --release`.

mod sync;

#[path = "../../core/src/names.rs"]
mod names;
mod pool;
#[path = "../../core/src/queue/mod.rs"]
mod queue;
#[path = "../../core/src/task/mod.rs"]
mod task;

#[cfg(test)]
mod probe {
    use crate::queue::Inbox;
    use crate::sync::Arc;
    use crate::task::*;
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::task::Poll;

    struct S { exec: Exec<RefCell<VecDeque<Runnable>>>, inbox: Inbox }
    impl Schedule for S {
        fn schedule(&self, task: Runnable) {
            let mut task = Some(task);
            self.exec.here(|q| q.borrow_mut().extend(task.take()));
            if let Some(task) = task { self.inbox.put(task); }
        }
    }

    #[test]
    fn probe() {
        let n = std::cell::Cell::new(0u64);
        loom::model({ let n = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0)); let n2 = n.clone(); let _ = &n; 
          struct P(std::sync::Arc<std::sync::atomic::AtomicU64>);
          impl Drop for P { fn drop(&mut self) { println!("executions {:?}", self.0); } }
          let p = P(n2);
          move || {
            crate::pool::begin();
            let _ = &p;
            p.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let (exec, seat) = Exec::register(Options::default(), RefCell::default());
            let s = Arc::new(S { exec, inbox: Inbox::new() });
            exec.install(s.clone());
            let slot = std::sync::Arc::new(std::sync::Mutex::new(None));
            let slot2 = slot.clone();
            let mut polls = 0;
            let seated = seat.enter();
            let (task, handle) = exec.spawn(std::future::poll_fn(move |cx| {
                polls += 1;
                if polls == 1 { *slot2.lock().unwrap() = Some(cx.waker().clone()); Poll::Pending } else { Poll::Ready(polls) }
            }), Spawn::here()).unwrap();
            assert!(matches!(task.run(), Ran::Pending));
            let w = slot.lock().unwrap().take().unwrap();
            let w2 = w.clone();
            let t1 = loom::thread::spawn(move || w.wake());
            let t2 = loom::thread::spawn(move || w2.wake());
            let mut done = 0;
            while done == 0 {
                for task in s.inbox.take() {
                    match task.run() { Ran::Done(_) => done += 1, Ran::Pending => {}, Ran::Yielded(t) => s.schedule(t) }
                }
                loom::thread::yield_now();
            }
            t1.join().unwrap(); t2.join().unwrap();
            drop(handle);
            exec.close();
            drop(seated);
            seat.retire().unwrap();
        }});
        n.set(1);
    }
}
