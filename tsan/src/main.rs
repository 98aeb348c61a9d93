//! Programs in which threads meet at a runtime, and what `ci/tsan.sh` plants to see whether it would notice.
//!
//! ```text
//! airmail-tsan                      the programs, one a line: name and flavour of the runtime
//! airmail-tsan <program> <flavour>  runs one; AIRMAIL_STRESS is a factor
//! airmail-tsan planted <error>      a small program with an error: race, relaxed or none
//! ```
//!
//! Nothing but what a program is about may order its threads, or ThreadSanitizer would find everything in order
//! whatever airmail does. So data is plain wherever it can be ([`plain::Plain`]).

#[cfg(airmail_tsan)]
mod arc;
#[path = "../../airmail/tests/stress/crowd.rs"]
mod crowd;
mod flavour;
#[path = "../../airmail/tests/stress/gate.rs"]
#[allow(dead_code, reason = "of the stress tests, which use all of it")]
mod gate;
mod locks;
mod plain;
mod planted;
mod programs;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match &*words.iter().map(String::as_str).collect::<Vec<_>>() {
        [] => list(),
        ["planted", error] if planted::run(error) => {}
        [program, flavour] if run(program, flavour) => {}
        _ => {
            eprintln!("airmail-tsan: no such program: {}", words.join(" "));
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn list() {
    for program in programs::ALL {
        for flavour in program.flavours() {
            println!("{} {}", program.name, flavour.name);
        }
    }
}

fn run(program: &str, flavour: &str) -> bool {
    let Some(program) = programs::ALL.iter().find(|known| known.name == program) else { return false };
    let Some(flavour) = program.flavours().iter().find(|known| known.name == flavour) else { return false };
    (program.run)(flavour);
    true
}
