//! The tracer on known code. The traced program is this test program, which runs [`sample`] only.

use super::{Counts, count, mark, wait_for_tracer};
use crate::count::child;
use std::env;
use std::hint::black_box;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// Tells the traced program which sample to run, and how often.
const SAMPLE: &str = "AIRMAIL_BENCH_SAMPLE";

static WORD: AtomicU64 = AtomicU64::new(0);

fn run(sample: &str, times: u32) -> Result<Counts, String> {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "count::tracer::tests::sample", "--nocapture"]).env_clear();
    count(command.env(SAMPLE, format!("{sample} {times}")))
}

/// What `times` repetitions count, without what the marks cost.
fn counted(sample: &str, times: u32) -> Counts {
    let (none, some) = (run(sample, 0).unwrap(), run(sample, times).unwrap());
    Counts {
        rmws: some.rmws - none.rmws,
        instructions: some.instructions - none.instructions,
        system_calls: some.system_calls - none.system_calls,
        clock_reads: some.clock_reads - none.clock_reads,
    }
}

/// Without the instructions, whose number is the compiler's business.
fn others(counts: Counts) -> [u64; 3] {
    [counts.rmws, counts.system_calls, counts.clock_reads]
}

fn repeat(times: u32, what: impl Fn()) {
    mark();
    (0..times).for_each(|_| what());
    mark();
}

/// What the other tests run in the program that they trace; by itself it does nothing.
#[test]
fn sample() {
    let Ok(sample) = env::var(SAMPLE) else { return };
    let (name, times) = sample.rsplit_once(' ').expect("name and number");
    let times = times.parse().expect("a number");
    if name == "scenario" {
        child("airmail local", "spawn+join", times);
        return;
    }
    wait_for_tracer();
    match name {
        "nothing" => repeat(times, || {}),
        "load" => repeat(times, || _ = black_box(WORD.load(Relaxed))),
        "fetch_add" => repeat(times, || _ = WORD.fetch_add(1, Relaxed)),
        "compare_exchange" => repeat(times, || _ = black_box(WORD.compare_exchange(1, 0, Relaxed, Relaxed))),
        "swap" => repeat(times, || _ = black_box(WORD.swap(1, Relaxed))),
        "getpid" => repeat(times, || _ = nix::unistd::getpid()),
        "clock" => repeat(times, || _ = black_box(Instant::now())),
        "thread" => repeat(times, || std::thread::spawn(|| _ = WORD.fetch_add(1, Relaxed)).join().unwrap()),
        "two threads" => {
            mark();
            std::thread::spawn(mark).join().unwrap();
        }
        "exit" => repeat(1, || std::process::exit(7)),
        _ => unreachable!("{name}"),
    }
}

#[test]
fn read_modify_writes() {
    assert_eq!(others(counted("nothing", 7)), [0, 0, 0]);
    assert_eq!(others(counted("load", 7)), [0, 0, 0]);
    assert_eq!(others(counted("fetch_add", 7)), [7, 0, 0]);
    assert_eq!(others(counted("compare_exchange", 5)), [5, 0, 0]);
    assert_eq!(others(counted("swap", 3)), [3, 0, 0]);
}

#[test]
fn system_calls_and_clock_reads() {
    assert_eq!(others(counted("getpid", 4)), [0, 4, 0]);
    assert_eq!(others(counted("clock", 6)), [0, 0, 6]);
}

#[test]
fn instructions() {
    let (five, ten) = (counted("fetch_add", 5).instructions, counted("fetch_add", 10).instructions);
    assert!(five >= 10 && ten == 2 * five, "five: {five}, ten: {ten}");
}

#[test]
fn threads() {
    // What the other thread adds is not counted; that it is started and awaited takes system calls.
    let counts = run("thread", 1).unwrap();
    assert!(counts.system_calls > 4, "{counts:?}");
    assert!(run("two threads", 1).unwrap_err().contains("on another thread"));
}

#[test]
fn a_program_that_ends_too_early() {
    assert!(run("exit", 1).unwrap_err().contains("with code 7 before its second mark"));
}

#[test]
fn the_same_twice() {
    let (one, other) = (run("scenario", 5).unwrap(), run("scenario", 5).unwrap());
    assert_eq!(one, other);
    assert!(one.instructions > 100, "{one:?}");
}
