//! The simulator keeps its promises: the same seed is the same run, every failure is found and named, what is printed
//! repeats it, and a correct program bears every legal fault.

mod correct;
mod determinism;
mod explore;
mod faults;
mod ids;
mod kinds;
mod programs;
mod raw;
mod raw_given;
mod replay;
mod seed_files;
mod strategies;
mod throughput;
mod unseen;
mod worlds;

#[path = "../common/mod.rs"]
mod common;

use airmail::sim::{Failure, Sim, Verdict};
use airmail::task::yield_now;
use std::future::Future;

/// The failure that there must be.
#[track_caller]
fn failure<F>(sim: &Sim, body: impl Fn() -> F) -> Failure
where
    F: Future<Output: Verdict> + 'static,
{
    match sim.try_explore(body) {
        Ok(explored) => panic!("nothing failed: {explored}"),
        Err(failure) => *failure,
    }
}

/// Gives way so many times.
async fn turns(turns: u32) {
    for _ in 0..turns {
        yield_now().await;
    }
}

/// Panics, after some polls.
async fn panics(after: u32, text: &str) {
    turns(after).await;
    panic!("{text}");
}

/// The text has all of these parts.
#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "not said: {part:?}, in:\n{text}");
    }
}
