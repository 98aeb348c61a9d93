//! airmail and tokio's current-thread runtime on the same work, in turns, in one process.
//!
//! `cargo run --release -p airmail-bench [ROUNDS]`: medians of one round each, and their ratio.
//! `... -- run QUESTION ROUNDS` runs airmail alone, for profilers and instruction counters.

mod peers;
mod questions;

use peers::{Airmail, Peer, Tokio};
use questions::{OPS, QUESTIONS, Question};
use std::time::Instant;

/// Nanoseconds per operation of one round.
fn round<P: Peer>(peer: &P, question: Question) -> f64 {
    let started = Instant::now();
    question.run(peer);
    started.elapsed().as_secs_f64() * 1e9 / f64::from(OPS)
}

/// Least, median and greatest.
fn spread(mut samples: Vec<f64>) -> (f64, f64, f64) {
    samples.sort_by(f64::total_cmp);
    (samples[0], samples[samples.len() / 2], samples[samples.len() - 1])
}

fn compare(rounds: usize) {
    let (airmail, tokio) = (Airmail::new(), Tokio::new());
    println!("ns per operation: median (least-greatest) of {rounds} rounds in turns\n");
    println!("{:14}{:>26}{:>26}{:>10}", "question", "airmail", "tokio current_thread", "ratio");
    for &question in QUESTIONS {
        let samples = (0..=rounds).map(|_| (round(&airmail, question), round(&tokio, question)));
        // The first round warms up.
        let (ours, theirs): (Vec<_>, Vec<_>) = samples.skip(1).unzip();
        let (ours, theirs) = (spread(ours), spread(theirs));
        let cell = |(least, median, most): (f64, f64, f64)| format!("{median:.1} ({least:.1}-{most:.1})");
        let ratio = ours.1 / theirs.1;
        println!("{:14}{:>26}{:>26}{ratio:>10.2}", question.name(), cell(ours), cell(theirs));
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        [] => compare(15),
        ["run", name, rounds] => {
            let question = QUESTIONS.iter().copied().find(|question| question.name() == name);
            let (Some(question), Ok(rounds)) = (question, rounds.parse::<u32>()) else { usage() };
            let airmail = Airmail::new();
            (0..rounds).for_each(|_| question.run(&airmail));
        }
        [rounds] => match rounds.parse() {
            Ok(rounds) if rounds > 0 => compare(rounds),
            _ => usage(),
        },
        _ => usage(),
    }
}

fn usage() -> ! {
    let names: Vec<_> = QUESTIONS.iter().copied().map(Question::name).collect();
    eprintln!("usage: airmail-bench [ROUNDS] | run QUESTION ROUNDS; questions: {}", names.join(", "));
    std::process::exit(2)
}
