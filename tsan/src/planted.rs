//! Errors that ThreadSanitizer must report, in a program that uses airmail all the same.

use crate::flavour::FLAVOURS;
use crate::gate::{Gate, Yields};
use crate::plain::Plain;
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// What the threads do to each other.
#[derive(Default)]
struct Met {
    data: Plain,
    flag: AtomicBool,
}

/// `false`: there is no such error.
pub(crate) fn run(error: &str) -> bool {
    let order = match error {
        "race" | "relaxed" => Ordering::Relaxed,
        "none" => Ordering::Release,
        _ => return false,
    };
    let is_race = error == "race";
    let runtime = FLAVOURS[0].runtime();
    let (met, gate) = (Arc::<Met>::default(), Arc::<Gate>::default());
    let writes = Arc::clone(&met);
    let wait = gate.wait();
    let task = runtime.spawn(async move {
        wait.await;
        writes.data.set(1);
        writes.flag.store(true, order);
        Yields(3).await;
    });
    let reads = Arc::clone(&met);
    let reader = thread::spawn(move || {
        while !is_race && !reads.flag.load(Ordering::Acquire) {
            spin_loop();
        }
        reads.data.get()
    });
    gate.open();
    runtime.block_on(task).expect("it neither panics nor is aborted");
    let read = reader.join().expect("it does not panic");
    println!("read {read}");
    true
}
