//! The same seed is the same run: twice in a process, and in two processes.

use crate::common::child;
use crate::programs::ALL;
use crate::{failure, turns};
use airmail::sim::{Faults, Sim, Simulation, Strategy};
use airmail::time::{Duration, sleep};
use std::process::Output;
use std::sync::mpsc;

/// One number for all runs of all programs that draw no random numbers of their own.
fn of_programs() -> Vec<u64> {
    let sim = Sim::new().faults(Faults::legal().drop_tasks(0)).seeds(20).check_every(0);
    let own = ALL.iter().filter(|(name, _)| !name.starts_with("tokio"));
    own.map(|(_, program)| sim.explore(program).hash()).collect()
}

/// What one run says of itself, at its end.
fn of_a_run(seed: u64, strategy: Strategy) -> (u64, u64, Duration) {
    let (tell, told) = mpsc::channel();
    Sim::new().first_seed(seed).seeds(1).check_every(0).strategy(strategy).explore(|| {
        let tell = tell.clone();
        async move {
            let tasks: Vec<_> = (1..6).map(|n| airmail::spawn(turns(n))).collect();
            // Odd times, which a clock of the machine's would round in its own way.
            let late = airmail::spawn(sleep(Duration::from_nanos(1_234_567)));
            for task in tasks {
                task.await.unwrap();
            }
            late.await.unwrap();
            let run = Simulation::current().unwrap();
            assert_eq!(run.seed(), seed);
            tell.send((run.trace_hash(), run.polls(), run.elapsed())).unwrap();
        }
    });
    told.recv().unwrap()
}

#[test]
fn twice_in_a_process() {
    assert_eq!(of_programs(), of_programs());
    for strategy in [Strategy::Mixed, Strategy::Random, Strategy::Pct { depth: 3 }] {
        for seed in [0, 1, 7, u64::MAX] {
            assert_eq!(of_a_run(seed, strategy), of_a_run(seed, strategy));
        }
    }
    let hashes: std::collections::HashSet<_> =
        (0..20).map(|seed| of_a_run(seed, Strategy::Random).0).collect();
    assert!(hashes.len() > 15, "{} different runs of 20 seeds", hashes.len());
}

/// Hashes, ids, and the whole text of a failure.
fn all_of_it() -> String {
    let found = failure(&Sim::new().faults(Faults::legal()).name("two processes"), || async {
        let one = airmail::spawn(async {
            let (_give, take) = futures::channel::oneshot::channel::<()>();
            turns(2).await;
            assert!(airmail::spawn(turns(3)).await.is_ok());
            sleep(Duration::from_millis(3)).await;
            let kept = std::pin::pin!(take);
            futures::future::select(kept, std::future::pending::<()>()).await;
        });
        airmail::task::Builder::new().name("other").spawn(std::future::pending::<()>()).unwrap();
        one.await.unwrap();
    });
    format!("{:x?}\n{:?}\n{found}", of_programs(), of_a_run(41, Strategy::Mixed))
}

#[test]
fn in_two_processes() {
    let test = "determinism::in_two_processes";
    let told = |Output { stdout, stderr, .. }: Output| {
        let text = String::from_utf8(stdout).unwrap();
        let begin = text.find("<<").unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&stderr)));
        text[begin..].to_owned()
    };
    let run = || told(child::process(test, || println!("<<{}>>", all_of_it())));
    let (one, other) = (run(), run());
    assert_eq!(one, other);
    // And in this process, where slots were used before.
    let here = all_of_it();
    assert_eq!(one.trim_end(), format!("<<{here}>>"));
}
